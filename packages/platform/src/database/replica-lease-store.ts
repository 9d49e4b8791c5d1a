import type { Connection } from './client.ts';
import type { ReplicaLeaseStore } from './database.ts';
import { toBigInt } from './training-run-row.ts';

/** What each replica serves, see {@link ReplicaLeaseStore}. */
export class PrismaReplicaLeaseStore implements ReplicaLeaseStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async renew(lease: Parameters<ReplicaLeaseStore['renew']>[0]): Promise<void> {
    const { client, run } = this.#connection;
    const { replicaId, version, generation } = lease;
    const data = { version, generation, expiresAtMs: toBigInt(lease.expiresAtMs) };
    await run(() =>
      client.replicaLease.upsert({ where: { replicaId }, update: data, create: { replicaId, ...data } }),
    );
  }

  async release(replicaId: string): Promise<void> {
    const { client, run } = this.#connection;
    await run(() => client.replicaLease.deleteMany({ where: { replicaId } }));
  }

  async servedVersions(nowMs: number): Promise<string[]> {
    const { client, run } = this.#connection;
    await run(() => client.replicaLease.deleteMany({ where: { expiresAtMs: { lte: toBigInt(nowMs) } } }));
    const rows = await run(() => client.replicaLease.findMany({ select: { version: true } }));
    return [...new Set(rows.map((row) => row.version))];
  }
}
