import type { Manifest, Metrics, NotReproducibleReason, Verification } from '@sommelier/contracts';

/** Of two trainings that came apart early, every figure differs; a reader needs no more than some. */
const MAX_METRICS = 50;

/** What training a version again gave. */
export interface Repetition {
  readonly sha256: string;
  readonly metrics: Metrics;
  readonly codeRevision: string;
}

/**
 * Compares a version's manifest with what training it again gave: the bytes of the file, and every metric but the gate's
 * verdict, which is on the model that was served then.
 */
export function compareModels(recorded: Manifest, now: Repetition): Verification {
  const bytes =
    recorded.file.sha256 === now.sha256 ? null : { recorded: recorded.file.sha256, now: now.sha256 };
  const { gate: _, ...before } = recorded.metrics;
  const { gate: __, ...after } = now.metrics;
  const metrics = differences('', before, after).slice(0, MAX_METRICS);
  const codeRevision = otherCode(recorded, now.codeRevision);
  const isSame = bytes === null && metrics.length === 0;
  const what = [
    ...(bytes === null ? [] : ['the bytes of the model file']),
    ...(metrics.length === 0 ? [] : [metricsText(metrics.map(({ path }) => path))]),
  ];
  const detail = isSame
    ? 'Trained again from its snapshot, the model has the same bytes and metrics.'
    : `Trained again from its snapshot, the model differs in ${what.join(' and in ')}.`;
  return {
    outcome: isSame ? 'reproduced' : 'differs',
    reason: null,
    detail: detail + codeText(codeRevision),
    bytes,
    metrics,
    codeRevision,
  };
}

/** A version that could not be trained again. */
export function notReproducible(
  recorded: Pick<Manifest, 'codeRevision'>,
  codeRevision: string,
  reason: NotReproducibleReason,
  detail: string,
): Verification {
  const other = otherCode(recorded, codeRevision);
  return {
    outcome: 'not-reproducible',
    reason,
    detail: detail + codeText(other),
    bytes: null,
    metrics: [],
    codeRevision: other,
  };
}

function otherCode(
  recorded: Pick<Manifest, 'codeRevision'>,
  codeRevision: string,
): Verification['codeRevision'] {
  return recorded.codeRevision === codeRevision
    ? null
    : { recorded: recorded.codeRevision, now: codeRevision };
}

function codeText(code: Verification['codeRevision']): string {
  if (code === null) return '';
  return ` It was trained by revision ${code.recorded} of the code, and verified by ${code.now}.`;
}

function metricsText(paths: readonly string[]): string {
  const [first = ''] = paths;
  return paths.length === 1 ? `the metric ${first}` : `${paths.length} metrics, among them ${first}`;
}

/** Numbers, texts and what is missing, by their place; numbers are compared to the bit. */
function differences(path: string, recorded: unknown, now: unknown): Verification['metrics'] {
  if (isParts(recorded) && isParts(now)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(now)]);
    return [...keys].flatMap((key) =>
      differences(path === '' ? key : `${path}.${key}`, recorded[key], now[key]),
    );
  }
  return Object.is(recorded, now) ? [] : [{ path, recorded: recorded ?? null, now: now ?? null }];
}

function isParts(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
