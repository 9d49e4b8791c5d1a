import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Recommendations } from '@sommelier/contracts';
import type { BalancedClient, Reply } from './balanced-client.ts';
import { describeReply } from './balanced-client.ts';
import { EventLedger, type SentEvent } from './event-ledger.ts';
import { ITEM_COUNT, itemIdOf, READERS, userIdOf } from './shop.ts';

const READ_EVERY_MS = 60;
const WRITE_EVERY_MS = 250;
/** Every so many requests with events are sent twice, as a client does that lost the answer. */
const REPEAT_EVERY = 5;

/** No weight is given to it, so that the preparation leaves the guests out, however many they become. */
const GUESTS_TYPE = 'visit';

/** A request that the installation owed an answer. */
export interface LoadProblem {
  readonly kind: 'unanswered' | 'error';
  readonly request: 'read' | 'write';
  readonly atMs: number;
  readonly text: string;
}

/** What a replica has answered: the items, joined by commas. */
export interface SeenAnswer {
  readonly version: string;
  readonly userId: string;
  readonly items: string;
}

/** An answer that cannot be read is one of no version, which nobody expects. */
function seenAnswer(userId: string, text: string): SeenAnswer {
  try {
    const { model, items } = JSON.parse(text) as Recommendations;
    return { version: model.version, userId, items: items.map(({ itemId }) => itemId).join(',') };
  } catch {
    return { version: 'nobody', userId, items: `unreadable: ${text.slice(0, 100)}` };
  }
}

/** What the load met since it was last asked. */
export interface LoadReport {
  readonly reads: number;
  readonly writes: number;
  readonly problems: readonly LoadProblem[];
  /** Different answers, each once. */
  readonly answers: readonly SeenAnswer[];
}

/** A light, steady load: recommendations for a few users, and events of guests that nothing is trained on. */
export class Load {
  readonly ledger = new EventLedger();
  readonly #client: BalancedClient;
  /** Guests of this process: no other one has sent theirs. */
  readonly #session = randomUUID().slice(0, 8);
  readonly #stopping = new AbortController();
  #loops: Promise<void>[] = [];
  #guests = 0;
  #reads = 0;
  #writes = 0;
  #problems: LoadProblem[] = [];
  #answers = new Map<string, SeenAnswer>();

  constructor(client: BalancedClient) {
    this.#client = client;
  }

  start(): void {
    this.#loops = [
      this.#repeat(READ_EVERY_MS, (turn) => this.#read(turn)),
      this.#repeat(WRITE_EVERY_MS, (turn) => this.#write(turn)),
    ];
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
  }

  /** What happened since the last call. */
  take(): LoadReport {
    const report = {
      reads: this.#reads,
      writes: this.#writes,
      problems: this.#problems,
      answers: [...this.#answers.values()],
    };
    this.#reads = 0;
    this.#writes = 0;
    this.#problems = [];
    this.#answers = new Map();
    return report;
  }

  /** Begins a request at even times, whatever became of the one before, so that a slow answer hides no other. */
  async #repeat(everyMs: number, send: (turn: number) => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    const underWay = new Set<Promise<void>>();
    for (let turn = 0; !signal.aborted; turn++) {
      const request = send(turn).finally(() => underWay.delete(request));
      underWay.add(request);
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
    await Promise.all(underWay);
  }

  async #read(turn: number): Promise<void> {
    const userId = userIdOf(turn % READERS);
    const reply = await this.#client.get(`/v1/users/${userId}/recommendations?n=10`);
    this.#reads++;
    if (!this.#isFine(reply, 'read')) return;
    const answer = seenAnswer(userId, reply.text);
    this.#answers.set(JSON.stringify(answer), answer);
  }

  async #write(turn: number): Promise<void> {
    const events = this.#guestsEvents();
    this.ledger.sent(events);
    const body = { events: events.map((event) => ({ ...event, type: GUESTS_TYPE })) };
    const times = turn % REPEAT_EVERY === 0 ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const reply = await this.#client.post('/v1/events', body);
      this.#writes++;
      if (this.#isFine(reply, 'write')) this.ledger.acknowledged(events);
    }
  }

  /** Two events of somebody new, so that each is sent for the first time. */
  #guestsEvents(): SentEvent[] {
    const guest = this.#guests++;
    const userId = `guest-${this.#session}-${guest}`;
    return [0, 1].map((k) => ({
      eventId: `${userId}-${k}`,
      userId,
      itemId: itemIdOf((guest * 2 + k) % ITEM_COUNT),
    }));
  }

  #isFine(reply: Reply, request: 'read' | 'write'): reply is Extract<Reply, { kind: 'answered' }> {
    if (reply.kind === 'answered' && reply.status === 200) return true;
    const problem =
      reply.kind === 'unanswered'
        ? ({ kind: 'unanswered', text: describeReply(reply) } as const)
        : ({ kind: 'error', text: `replica ${reply.replica}: ${describeReply(reply)}` } as const);
    this.#problems.push({ ...problem, request, atMs: Date.now() });
    return false;
  }
}
