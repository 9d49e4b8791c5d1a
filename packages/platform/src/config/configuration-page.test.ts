import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { configSchema } from '@sommelier/contracts';
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
      Object.keys(values as object).map((key) => `${part}.${key}`),
    );
    expect([...inTables].filter((key) => key?.includes('.')).sort()).toEqual(keys.sort());
  });

  test('lists every variable of the environment and no other', () => {
    const variables = Object.keys(environmentSchema.shape);
    expect([...inTables].filter((key) => !key?.includes('.')).sort()).toEqual(variables.sort());
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
