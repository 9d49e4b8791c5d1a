import { ExpectedAnswers } from './expected-answers.ts';
import { describeFault, type Fault, RUN_MOMENTS } from './fault.ts';
import { type Played, played } from './faults/played.ts';
import { Installation, type InstallationOrder } from './installation.ts';
import { violationsOf } from './invariants.ts';
import { Load } from './load.ts';
import { observe, type Session } from './observe.ts';
import { playFault } from './play-fault.ts';
import type { RoundRecord } from './record.ts';
import { untilRecovered } from './recovery.ts';
import { RECOVERY_TIMEOUT_MS } from './settings.ts';
import { earlierEvents, type Shop } from './shop.ts';
import { versionsOf } from './versions.ts';

/** Seeds of trainings, apart from one another: some rounds have two runs. */
const SEEDS_A_ROUND = 10;
/** Of the two runs before the first round. */
const WARM_UP_SEEDS = [1, 2] as const;
const FIRST_ROUND_SEED = 1_000;

/** An installation under load, in which rounds can be played. */
export class Stage {
  readonly #session: Session;
  readonly #shop: Shop;
  readonly #lockMs: number;
  /** What is played against. */
  readonly versions: Readonly<Record<string, string>>;

  private constructor(
    session: Session,
    parts: { shop: Shop; lockMs: number; versions: Record<string, string> },
  ) {
    this.#session = session;
    this.#shop = parts.shop;
    this.#lockMs = parts.lockMs;
    this.versions = parts.versions;
  }

  /** Starts everything, trains two models, of which the first is there to go back to, and begins the load. */
  static async open(order: InstallationOrder & { seed: number }): Promise<Stage> {
    const installation = await Installation.create(order);
    try {
      const shop = { seed: order.seed, nowMs: Date.now() };
      await installation.database.events.insert(earlierEvents(shop));
      await installation.startProcesses();
      const expected = new ExpectedAnswers(installation.artifacts);
      for (const seed of WARM_UP_SEEDS) {
        const run = await installation.train({ training: { seed } });
        const { status, error } = await run.end;
        if (status !== 'succeeded') throw new Error(`An honest run is ${status}: ${error?.detail}`);
        await requireRecovery(installation);
        installation.follower.learn(run.id);
        const active = await installation.database.models.active();
        if (active !== undefined) await expected.learn(active.version);
      }
      const load = new Load(installation.client);
      load.start();
      const session = { installation, load, expected, ended: new Map(), toldEnds: new Map() };
      return new Stage(session, { shop, lockMs: order.lockMs, versions: await versionsOf(installation) });
    } catch (error) {
      await installation.close();
      throw error;
    }
  }

  /** What a reader of the rounds should know. */
  get description(): string {
    const { installation } = this.#session;
    const stages = RUN_MOMENTS.map((stage) => `${stage} ${installation.follower.usualMs(stage)}`);
    const servers = Object.entries(this.versions).map(([name, version]) => `${name} ${version}`);
    return `${servers.join(', ')}\nA run without a fault (ms): ${stages.join(', ')}`;
  }

  /** Plays a fault, waits for the recovery, and looks for what must never happen. */
  async play(round: number, fault: Fault): Promise<RoundRecord> {
    const { installation, load } = this.#session;
    const startedAtMs = Date.now();
    load.take();
    const trainingSeed = FIRST_ROUND_SEED + round * SEEDS_A_ROUND;
    const scene = { installation, trainingSeed, lockMs: this.#lockMs, shop: this.#shop };
    const done = await playFault(scene, fault).catch((error) => failed(startedAtMs, error));
    const unrecovered = await untilRecovered(installation, RECOVERY_TIMEOUT_MS);
    const recoveredAtMs = Date.now();
    const report = load.take();
    const observation = await observe(this.#session, { played: done, unrecovered, load: report });
    await done.cleanUp?.();
    const secondsFrom = (ms: number) => (unrecovered.length > 0 ? null : (recoveredAtMs - ms) / 1_000);
    return {
      round,
      kind: fault.kind,
      details: describeFault(fault),
      note: done.note,
      met: done.met,
      startedAtMs,
      recoverySeconds: secondsFrom(done.hurtAtMs),
      afterMendingSeconds: secondsFrom(done.mendedAtMs),
      reads: report.reads,
      writes: report.writes,
      violations: violationsOf(observation),
    };
  }

  async close(): Promise<void> {
    await this.#session.load.stop();
    await this.#session.installation.close();
  }
}

async function requireRecovery(installation: Installation): Promise<void> {
  const missing = await untilRecovered(installation, RECOVERY_TIMEOUT_MS);
  if (missing.length > 0) throw new Error(`The installation is not ready: ${missing.join('; ')}`);
}

/** A fault that could not be played to its end is a finding, too. */
function failed(hurtAtMs: number, error: unknown): Played {
  return played({ hurtAtMs, unmet: [`the fault could not be played: ${(error as Error).message}`] });
}
