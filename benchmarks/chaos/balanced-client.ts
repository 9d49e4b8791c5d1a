/** What became of a request that was sent as a load balancer sends it. */
export type Reply =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string; readonly replica: number }
  /** No replica has answered it: what each of them did. */
  | { readonly kind: 'unanswered'; readonly tries: readonly string[] };

const TIMEOUT_MS = 5_000;
/** What a replica says that cannot serve a request now, but another one may. */
const UNAVAILABLE = 503;

/** Sends requests to replicas in turn; one that cannot be reached, or says 503, is passed over for the next. */
export class BalancedClient {
  readonly #urls: readonly string[];
  #next = 0;

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  get(path: string): Promise<Reply> {
    return this.#send(path, {});
  }

  /** A request that was not answered may have been carried out all the same. */
  post(path: string, body: unknown): Promise<Reply> {
    return this.#send(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  delete(path: string): Promise<Reply> {
    return this.#send(path, { method: 'DELETE' });
  }

  async #send(path: string, init: RequestInit): Promise<Reply> {
    const first = this.#next++;
    const tries: string[] = [];
    for (let k = 0; k < this.#urls.length; k++) {
      const replica = (first + k) % this.#urls.length;
      try {
        const response = await fetch(this.#urls[replica]! + path, {
          ...init,
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        const text = await response.text();
        if (response.status !== UNAVAILABLE)
          return { kind: 'answered', status: response.status, text, replica };
        tries.push(`replica ${replica}: 503 ${codeIn(text)}`);
      } catch (error) {
        tries.push(`replica ${replica}: ${reasonOf(error)}`);
      }
    }
    return { kind: 'unanswered', tries };
  }
}

/** A reply in a line: its status, with its code where it is a problem's, or what kept the replicas from answering. */
export function describeReply(reply: Reply): string {
  return reply.kind === 'answered' ? `${reply.status} ${codeIn(reply.text)}` : reply.tries.join('; ');
}

/** The code of a problem document. */
function codeIn(text: string): string {
  try {
    return String((JSON.parse(text) as { code?: unknown }).code);
  } catch {
    return text.slice(0, 100);
  }
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_MS} ms`;
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
}
