/** A scrape of Prometheus' text format. */
export interface Scrape {
  /** Names of all metrics that are announced, with and without samples. */
  readonly names: ReadonlySet<string>;
  /** Value of a sample by its whole name, `name{label="value"}`; undefined when it is not there. */
  value(sample: string): number | undefined;
  /** Every sample of a metric. */
  samples(name: string): readonly string[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)$/;

/** Reads the text format; throws at a line that is none of it. */
export function parseScrape(text: string): Scrape {
  const names = new Set<string>();
  const values = new Map<string, number>();
  const samples = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type !== null) {
      const [, name = '', kind] = type;
      names.add(name);
      if (kind === 'histogram') for (const part of ['_bucket', '_sum', '_count']) names.add(name + part);
    }
    if (line.startsWith('#')) continue;
    const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (name === '') throw new Error(`not a sample: ${line}`);
    values.set(name + labels, Number(value.replace('Inf', 'Infinity')));
    samples.set(name, [...(samples.get(name) ?? []), line]);
  }
  return { names, value: (sample) => values.get(sample), samples: (name) => samples.get(name) ?? [] };
}
