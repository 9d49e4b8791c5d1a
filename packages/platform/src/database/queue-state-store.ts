import type { Connection } from './client.ts';
import type { QueueStateStore } from './database.ts';
import { toBigInt } from './training-run-row.ts';

/** Id of the one row of QueueState. */
const THE_ROW = 1;

/** Whether the queue is paused, see {@link QueueStateStore}. */
export class PrismaQueueStateStore implements QueueStateStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async isPaused(): Promise<boolean> {
    const { client, run } = this.#connection;
    const row = await run(() => client.queueState.findUnique({ where: { id: THE_ROW } }));
    return row?.paused ?? false;
  }

  async setPaused(paused: boolean, nowMs: number): Promise<void> {
    const { client, run } = this.#connection;
    const data = { paused, changedAtMs: toBigInt(nowMs) };
    await run(() =>
      client.queueState.upsert({ where: { id: THE_ROW }, update: data, create: { id: THE_ROW, ...data } }),
    );
  }
}
