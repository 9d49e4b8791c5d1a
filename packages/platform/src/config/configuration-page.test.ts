import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { configSchema, PRESETS } from '@sommelier/contracts';
import { environmentSchema, readEnvironment } from './environment.ts';

const page = await readFile(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');
const inTables = new Set(
  page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1])),
);

describe('docs/configuration.md', () => {
  test('lists every key of the configuration file and no other', () => {
    const defaults = configSchema.parse({});
    const keys = Object.entries(defaults).flatMap(([part, values]) =>
      typeof values === 'object' ? Object.keys(values).map((key) => `${part}.${key}`) : [part],
    );
    const isKey = (name = '') => name.includes('.') || ['preset', 'warmStart'].includes(name);
    expect([...inTables].filter(isKey).sort()).toEqual(keys.sort());
  });

  test('gives the values of every preset', () => {
    const rows = page.split('\n').filter((line) => /^\| `(model|training)\./.test(line));
    for (const [preset, column] of [
      ['fast', 2],
      ['best', 3],
      ['paper', 4],
    ] as const) {
      for (const part of ['model', 'training'] as const) {
        const values = configSchema.parse({ preset })[part] as Record<string, unknown>;
        for (const [key, value] of Object.entries(values)) {
          const row = rows.find((line) => line.startsWith(`| \`${part}.${key}\` `));
          const cell = row
            ?.split('|')
            [column]?.trim()
            .replaceAll('`', '')
            .replaceAll(',', '')
            .replaceAll(' ', '');
          const expected = Array.isArray(value) ? `[${value}]`.replaceAll(',', '') : String(value);
          expect({ preset, key, cell }).toEqual({ preset, key, cell: expected });
        }
      }
    }
    expect(Object.keys(PRESETS)).toEqual(['fast', 'best', 'paper']);
  });

  test('lists every variable of the environment and no other', () => {
    const variables = Object.keys(environmentSchema.shape);
    expect([...inTables].filter((name) => /^[A-Z_]+$/.test(name ?? '')).sort()).toEqual(variables.sort());
  });
});

describe('readEnvironment', () => {
  test('lists every problem at once and names the variables', () => {
    expect.assertions(3);
    try {
      readEnvironment({ PORT: 'x', ENGINE: 'gpu', REDIS_URL: 'localhost' });
    } catch (error) {
      for (const name of ['PORT', 'ENGINE', 'REDIS_URL']) expect((error as Error).message).toContain(name);
    }
  });

  test('an empty password is no password', () => {
    expect(readEnvironment({ ADMIN_PASSWORD: '' }).ADMIN_PASSWORD).toBeUndefined();
  });
});
