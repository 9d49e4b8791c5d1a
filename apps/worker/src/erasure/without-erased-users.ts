import { SommelierError } from '@sommelier/contracts';
import type { Database } from '@sommelier/platform';
import type { RunReporter } from '../runs/run-reporter.ts';
import type { TrainedModel } from '../thread/thread-messages.ts';
import type { ErasureWork } from './erasure-work.ts';

/**
 * A trained model without the users that were erased since its run began to read, and the newest erasure that is carried
 * out in it. Whoever is erased after this looks finds the version in the store, as all others.
 * @throws SommelierError `all-filtered` when nobody is left
 */
export async function withoutErasedUsers(
  parts: {
    readonly database: Pick<Database, 'erasures'>;
    readonly erasureWork: (signal: AbortSignal) => ErasureWork;
  },
  work: {
    readonly trained: TrainedModel;
    readonly readThrough: number;
    readonly signal: AbortSignal;
    readonly reporter: Pick<RunReporter, 'log'>;
  },
): Promise<{ model: TrainedModel; erasedThrough: number }> {
  const { trained, readThrough, signal, reporter } = work;
  const erased = await parts.database.erasures.after(readThrough);
  const erasedThrough = erased.at(-1)?.id ?? readThrough;
  if (erased.length === 0) return { model: trained, erasedThrough };
  const hashes = erased.map(({ userHash }) => userHash);
  const removal = await parts.erasureWork(signal).removeFromModel({ bytes: trained.file }, hashes);
  if (removal.outcome === 'absent') return { model: trained, erasedThrough };
  if (removal.outcome === 'nobody-left') {
    throw new SommelierError(
      'all-filtered',
      'All users that the model was trained on were erased meanwhile.',
    );
  }
  reporter.log(`Removed ${removal.found.length} users from the model who were erased while it was trained`);
  const { file: description, counts, components, probes } = removal.content;
  const model = { ...trained, file: removal.bytes, description, counts, components, probes };
  return { model, erasedThrough };
}
