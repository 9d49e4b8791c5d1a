import { setTimeout as sleep } from 'node:timers/promises';
import { faultOf } from './answer-check.ts';
import { Arrivals } from './arrivals.ts';
import { KeepAlivePool, type Outcome } from './keep-alive-pool.ts';
import { percentile, summarize } from './latencies.ts';
import { type LoadJob, type LoadResult, pathOf } from './load-job.ts';

/** Longer than any request: what is under way at the end is waited for. */
const DRAIN_MS = 20_000;

/** Puts a load on servers until its time is over or it is stopped. */
export class LoadRun {
  readonly #job: LoadJob;
  readonly #pools: readonly KeepAlivePool[];
  readonly #latencies: number[] = [];
  readonly #lateness: number[] = [];
  readonly #errors: Record<string, number> = {};
  readonly #faults: Record<string, number> = {};
  /** When requests were due that no connection is free for, by pool. */
  readonly #waiting: number[][];
  #checked = 0;
  #sent = 0;
  #due = 0;
  #inFlight = 0;
  #inTime = 0;
  #startMs = 0;
  #endMs = 0;
  #stopped = false;

  constructor(job: LoadJob) {
    this.#job = job;
    const withBody = job.expected !== undefined;
    this.#pools = job.urls.map((url) => new KeepAlivePool(url, job.connections, withBody));
    this.#waiting = job.urls.map(() => []);
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<LoadResult> {
    const cpu = process.cpuUsage();
    this.#startMs = performance.now();
    this.#endMs = this.#startMs + this.#job.seconds * 1_000;
    if (this.#job.mode.kind === 'open') await this.#open(this.#job.mode.rate);
    else await this.#closed();
    const seconds = (performance.now() - this.#startMs) / 1_000;
    // Answers to what was asked in time belong to the latencies, and no longer to the rate.
    this.#stopped = true;
    await this.#drain();
    for (const pool of this.#pools) pool.close();
    const { user, system } = process.cpuUsage(cpu);
    return this.#result(seconds, (user + system) / 1_000);
  }

  get #running(): boolean {
    return !this.#stopped && performance.now() < this.#endMs;
  }

  async #open(rate: number): Promise<void> {
    const arrivals = new Arrivals(rate, this.#job.seconds, this.#job.seed);
    while (this.#running) {
      this.#takeDue(arrivals, performance.now() - this.#startMs);
      // A timer sleeps for a millisecond at least, so requests are late by up to that, which counts as their latency;
      // looking without a pause would take a processor from the server.
      const pauseMs = arrivals.over ? 1 : arrivals.nextMs - (performance.now() - this.#startMs);
      await sleep(Math.max(1, Math.min(pauseMs, 50)));
    }
    // What became due while nobody looked was due all the same.
    if (!this.#stopped) this.#takeDue(arrivals, Number.POSITIVE_INFINITY);
  }

  #takeDue(arrivals: Arrivals, nowMs: number): void {
    for (let due = arrivals.takeDue(nowMs); due !== undefined; due = arrivals.takeDue(nowMs)) {
      const pool = this.#due++ % this.#pools.length;
      this.#waiting[pool]!.push(this.#startMs + due);
      if (this.#pools[pool]!.free) this.#lateness.push(performance.now() - this.#startMs - due);
      this.#sendWaiting(pool);
    }
  }

  #sendWaiting(pool: number): void {
    const waiting = this.#waiting[pool]!;
    while (waiting.length > 0 && this.#pools[pool]!.free) {
      const dueMs = waiting.shift()!;
      this.#send(pool, dueMs, () => this.#sendWaiting(pool));
    }
  }

  async #closed(): Promise<void> {
    const again = (pool: number) => {
      if (this.#running) this.#send(pool, performance.now(), () => again(pool));
    };
    for (let connection = 0; connection < this.#job.connections; connection++) {
      for (let pool = 0; pool < this.#pools.length; pool++) again(pool);
    }
    while (this.#running) await sleep(Math.max(1, Math.min(this.#endMs - performance.now(), 50)));
  }

  #send(pool: number, dueMs: number, then: () => void): void {
    this.#inFlight++;
    const path = pathOf(this.#job.paths, this.#sent++);
    this.#pools[pool]!.get(path, (outcome) => {
      this.#inFlight--;
      this.#count(outcome, dueMs);
      then();
    });
  }

  #count(outcome: Outcome, dueMs: number): void {
    if (typeof outcome === 'string' || outcome.status !== 200) {
      const name = typeof outcome === 'string' ? outcome : String(outcome.status);
      this.#errors[name] = (this.#errors[name] ?? 0) + 1;
      return;
    }
    const now = performance.now();
    this.#latencies.push(now - dueMs);
    if (!this.#stopped && now <= this.#endMs) this.#inTime++;
    if (this.#job.expected === undefined) return;
    this.#checked++;
    const fault = faultOf(outcome.body, this.#job.expected);
    if (fault !== undefined) this.#faults[fault] = (this.#faults[fault] ?? 0) + 1;
  }

  async #drain(): Promise<void> {
    const deadline = performance.now() + DRAIN_MS;
    const left = () => this.#inFlight + this.#waiting.reduce((sum, waiting) => sum + waiting.length, 0);
    while (left() > 0 && performance.now() < deadline) await sleep(2);
    if (left() > 0) this.#errors.unanswered = (this.#errors.unanswered ?? 0) + left();
  }

  #result(seconds: number, cpuMs: number): LoadResult {
    const late = this.#lateness.sort((a, b) => a - b);
    return {
      seconds,
      requests: this.#sent,
      ratePerSecond: this.#inTime / seconds,
      latencyMs: summarize(this.#latencies),
      errors: this.#errors,
      checked: this.#checked,
      faults: this.#faults,
      lateP99Ms: late.length === 0 ? 0 : percentile(late, 0.99),
      generatorCpuMs: cpuMs / Math.max(1, this.#sent),
    };
  }
}
