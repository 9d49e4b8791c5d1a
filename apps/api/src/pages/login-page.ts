import { html } from './html.ts';
import { page } from './layout.ts';

/** The page on which a browser logs in; `next` is the address that it wanted. */
export function loginPage(state: { next: string; failed?: boolean; signedInAs?: string }): string {
  const { next, failed = false, signedInAs } = state;
  const trouble = failed ? html`<p role="alert">That is neither a good key nor the password.</p>` : html``;
  const session =
    signedInAs === undefined
      ? html``
      : html`<p>Logged in as <span class="tag">${signedInAs}</span>.</p>
<form action="/logout" method="post"><button>Log out</button></form>`;
  return page(
    'Log in to sommelier',
    html`<h1>Log in</h1>
<p class="quiet">With a key of the API (<code>smk_...</code>), or the password of the administrator.</p>
${trouble}${session}
<form action="/login" method="post">
<input type="hidden" name="next" value="${next}">
<input type="text" name="username" value="sommelier" autocomplete="username" hidden>
<label>Key or password <input name="secret" type="password" required maxlength="512" autocomplete="current-password" autofocus></label>
<button>Log in</button>
</form>`,
  );
}
