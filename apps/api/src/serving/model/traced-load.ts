import type { ActiveModel } from '@sommelier/contracts';
import type { Database, Span, Tracing } from '@sommelier/platform';

/** A model that was activated longer ago is loaded for a reason of its own, such as a replica that starts. */
const SAME_STORY_MS = 3_600_000;

interface TracingParts {
  readonly tracing: Tracing;
  readonly database: Pick<Database, 'models' | 'trainingRuns'>;
  /** Unix ms. */
  readonly nowMs: () => number;
}

/**
 * Loads a model in a span of its own, which belongs to the trace of the request that started the model's run: the rows
 * say which, whatever made this replica look.
 */
export async function tracedLoad<T>(
  parts: TracingParts,
  active: ActiveModel,
  load: () => Promise<T>,
): Promise<T> {
  if (!parts.tracing.isOn) return load();
  const span = await spanOf(parts, active);
  try {
    const loaded = await load();
    span.end();
    return loaded;
  } catch (error) {
    span.end({ error });
    throw error;
  }
}

async function spanOf({ tracing, database, nowMs }: TracingParts, active: ActiveModel): Promise<Span> {
  const { version, generation, activatedAtMs } = active;
  const origin = await originOf(database, version).catch(() => undefined);
  const isPart = nowMs() - activatedAtMs < SAME_STORY_MS;
  return tracing.start({
    name: 'load model',
    ...(isPart ? { parent: origin } : { link: origin }),
    attributes: { 'sommelier.model.version': version, 'sommelier.model.generation': generation },
  });
}

async function originOf(database: TracingParts['database'], version: string): Promise<string | undefined> {
  const model = await database.models.get(version);
  return model && database.trainingRuns.traceparentOf(model.runId);
}
