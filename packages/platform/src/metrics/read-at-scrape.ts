import { Counter, Gauge, type Registry } from 'prom-client';

/** Absent when there is nothing to say. */
type Read = () => number | undefined | Promise<number | undefined>;

interface Described {
  readonly name: string;
  readonly help: string;
  readonly read: Read;
}

/** A gauge that is read when somebody scrapes, and missing from a scrape that finds nothing to say. */
export function gaugeOf(registry: Registry, { name, help, read }: Described): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      const value = await read();
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}

/** A counter that somebody else counts, and that is read when somebody scrapes. */
export function counterOf(registry: Registry, { name, help, read }: Described): void {
  new Counter({
    name,
    help,
    registers: [registry],
    async collect() {
      const value = (await read()) ?? 0;
      // At once, so that two scrapes at a time do not add up.
      this.reset();
      this.inc(value);
    },
  });
}

/** A gauge with a value for each of several labels, all read together. */
export function gaugesOf<L extends string>(
  registry: Registry,
  metric: {
    readonly name: string;
    readonly help: string;
    readonly label: L;
    readonly read: () =>
      | Readonly<Record<string, number>>
      | undefined
      | Promise<Readonly<Record<string, number>> | undefined>;
  },
): void {
  const { name, help, label, read } = metric;
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    async collect() {
      const values = await read();
      this.reset();
      for (const [key, value] of Object.entries(values ?? {})) {
        this.set({ [label]: key } as Record<L, string>, value);
      }
    },
  });
}
