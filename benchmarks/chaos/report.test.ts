import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DataError } from '../report/data-error.ts';
import { parseOptions, type RoundsOptions } from './options.ts';
import type { RoundRecord } from './record.ts';
import { recordsIn, reportOf } from './report.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chaos-report-'));
});
afterAll(() => rm(folder, { recursive: true }));

const optionsOf = (name: string, ...args: string[]): RoundsOptions =>
  parseOptions(['--json', join(folder, name), ...args]) as RoundsOptions;
const record: RoundRecord = {
  round: 0,
  kind: 'poison',
  details: 'flood',
  note: '',
  startedAtMs: 1,
  recoverySeconds: 2,
  afterMendingSeconds: 1,
  met: true,
  reads: 30,
  writes: 4,
  violations: [{ rule: 'run-lost', text: 'x' }],
};

it('counts over all rounds, and gives the rounds of a file back', async () => {
  const options = optionsOf('rounds.json');
  const report = reportOf(options, [record, { ...record, round: 1 }], { node: 'v20' });
  expect(report).toMatchObject({ rounds: 2, violations: 2, reads: 60, writes: 8 });
  expect(await recordsIn(options)).toEqual([]);
  await writeFile(options.json, JSON.stringify(report));
  expect(await recordsIn(options)).toEqual([record, { ...record, round: 1 }]);
});

it('does not go on with rounds of another seed, nor with a file of something else', async () => {
  const options = optionsOf('other.json');
  await writeFile(options.json, JSON.stringify(reportOf(options, [record], {})));
  await expect(recordsIn(optionsOf('other.json', '--seed', '9'))).rejects.toThrow(DataError);
  await writeFile(options.json, '{"benchmark":"growth"}');
  await expect(recordsIn(options)).rejects.toThrow('no file of this command');
});
