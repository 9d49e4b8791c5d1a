import { describe, expect, test } from '@jest/globals';
import { planMigrations } from './migration-plan.ts';

const file = (name: string, checksum = `sum of ${name}`) => ({ name, sql: '', checksum });
const row = (name: string, change = {}) => ({
  name,
  checksum: `sum of ${name}`,
  finished: true,
  rolledBack: false,
  logs: null,
  ...change,
});
const files = [file('1_a'), file('2_b'), file('3_c')];
const names = (rows: ReturnType<typeof row>[]) => planMigrations(files, rows).map(({ name }) => name);

describe('planMigrations', () => {
  test('what is missing, in order', () => {
    expect(names([])).toEqual(['1_a', '2_b', '3_c']);
    expect(names([row('1_a'), row('2_b')])).toEqual(['3_c']);
    expect(names([row('2_b')])).toEqual(['1_a', '3_c']);
    expect(names([row('1_a'), row('2_b'), row('3_c')])).toEqual([]);
  });

  test('what was rolled back is applied again', () => {
    expect(names([row('1_a', { finished: false, rolledBack: true })])).toEqual(['1_a', '2_b', '3_c']);
  });

  test.each([
    ['unfinished', [row('1_a', { finished: false, logs: 'no space' })], /"1_a" began .*no space/],
    ['changed', [row('2_b', { checksum: 'other' })], /"2_b" was changed/],
    ['unknown', [row('9_z')], /"9_z", which this version does not know/],
  ])('refuses a history that is %s', (_what, rows, message) => {
    expect(() => names(rows)).toThrow(message);
    expect(() => names(rows)).toThrow(expect.objectContaining({ code: 'migration-failed' }));
  });
});
