import type { OpenApiDocument } from './described-api.ts';
import { type FuzzRequest, RequestMaker } from './fuzz-request.ts';
import { Random } from './random.ts';
import { type Outcome, WireConnection } from './wire-connection.ts';

export interface FuzzJob {
  readonly url: string;
  readonly document: OpenApiDocument;
  readonly requests: number;
  readonly connections: number;
  readonly seed: number;
  readonly onProgress?: (sent: number) => void;
}

/** A request that was answered with a 5xx, or not at all although it was proper HTTP. */
export interface FuzzFailure {
  readonly label: string;
  readonly outcome: number | string;
  readonly answer: string;
  /** Sends the same bytes again. */
  readonly command: string;
}

export interface FuzzResult {
  readonly requests: number;
  /** Requests by label, then by status or by what happened instead of an answer. */
  readonly outcomes: Record<string, Record<string, number>>;
  readonly failed: number;
  /** The first of them. */
  readonly failures: readonly FuzzFailure[];
}

const MAX_FAILURES_KEPT = 50;
const MAX_ANSWER_KEPT = 500;
const PROGRESS_EVERY = 10_000;

/** Sends made-up requests to a running API. The same seed and number of connections makes the same requests. */
export async function runFuzz(job: FuzzJob): Promise<FuzzResult> {
  const outcomes: Record<string, Record<string, number>> = {};
  const failures: FuzzFailure[] = [];
  let [sent, failed] = [0, 0];
  const maker = new RequestMaker(job.document, new URL(job.url).host, new Random(job.seed));
  const note = (request: FuzzRequest, outcome: Outcome) => {
    const name = typeof outcome === 'string' ? outcome : String(outcome.status);
    outcomes[request.label] ??= {};
    const counts = outcomes[request.label]!;
    counts[name] = (counts[name] ?? 0) + 1;
    if (!isFailure(request, outcome)) return;
    failed++;
    if (failures.length < MAX_FAILURES_KEPT) failures.push(describeFailure(job.url, request, outcome));
  };
  const worker = async () => {
    const connection = new WireConnection(job.url);
    while (sent < job.requests) {
      if (++sent % PROGRESS_EVERY === 0) job.onProgress?.(sent);
      const request = maker.next();
      note(request, await connection.send(request));
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: job.connections }, worker));
  return { requests: sent, outcomes, failed, failures };
}

/** Not-ready is what `/readyz` is for; nothing else may be a 5xx while model, database and Redis are there. */
function isFailure(request: FuzzRequest, outcome: Outcome): boolean {
  if (typeof outcome !== 'string') return outcome.status >= 500;
  return request.wellFormed || outcome !== 'closed';
}

function describeFailure(url: string, request: FuzzRequest, outcome: Outcome): FuzzFailure {
  const isAnswer = typeof outcome !== 'string';
  return {
    label: request.label,
    outcome: isAnswer ? outcome.status : outcome,
    answer: isAnswer ? outcome.body.toString('utf8').slice(0, MAX_ANSWER_KEPT) : '',
    command: commandOf(url, request.bytes),
  };
}

/** Sends the very bytes through curl: its own reading of an address would change them. */
function commandOf(url: string, bytes: Buffer): string {
  const { host } = new URL(url);
  return `echo ${bytes.toString('base64')} | base64 -d | curl -s --max-time 5 telnet://${host}`;
}
