import type { ServingConfig } from '@sommelier/contracts';
import type { ServingStatus } from '../serving/model/model-holder.ts';
import { html, type Markup } from './html.ts';
import { page } from './layout.ts';

function servingLine(status: ServingStatus): Markup {
  const error = status.lastReloadError;
  const trouble =
    error === null ? html`` : html`<br>The last reload failed (<code>${error.code}</code>): ${error.message}`;
  if (status.version === null) return html`<p>No model is loaded yet.${trouble}</p>`;
  return html`<p>Serving model <span class="tag">${status.version}</span>, generation <span class="tag">${
    status.generation ?? ''
  }</span>.${trouble}</p>`;
}

/** The page at the root, for whoever opens the server's address in a browser. */
export function indexPage(status: ServingStatus, serving: ServingConfig, trainingCommand: string): string {
  return page(
    'sommelier',
    html`<h1>sommelier</h1>
<p class="quiet">Recommendations from a shop's own event log.</p>
${servingLine(status)}
<h2>Recommendations of a user</h2>
<form action="/topN" method="get">
<label>User id <input name="userId" required maxlength="64" autocomplete="off"></label>
<label>How many <input name="n" type="number" min="1" max="${serving.maxN}" value="${serving.defaultN}" required></label>
<button>Show</button>
</form>
<h2>Pages</h2>
<ul>
<li><a href="/docs">HTTP API</a>: every address, parameter and error, also as an <a href="/openapi.json">OpenAPI</a> document</li>
<li><a href="/admin/queues">Job board</a>: training runs in the queue, their progress and logs</li>
<li><a href="/v1/training-runs">Training runs</a> and <a href="/v1/models">models</a> as JSON</li>
<li><a href="/readyz">State</a> of model, database and queue; <a href="/metrics">metrics</a> for Prometheus</li>
</ul>
<h2>Train a model</h2>
<pre>${trainingCommand}</pre>`,
  );
}
