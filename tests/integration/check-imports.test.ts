import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findViolations, importsOf } from '../../scripts/check-imports.mjs';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sommelier-imports-'));
  write('package.json', JSON.stringify({ devDependencies: { '@jest/globals': '1' } }));
  const everything = { '@sommelier/contracts': '1', '@sommelier/ncf': '1', '@sommelier/platform': '1' };
  for (const name of ['client', 'contracts', 'ncf', 'platform']) {
    write(
      `packages/${name}/package.json`,
      JSON.stringify({ name: `@sommelier/${name}`, dependencies: everything }),
    );
  }
  for (const name of ['api', 'worker']) {
    const dependencies = { ...everything, '@sommelier/worker': '1' };
    write(`apps/${name}/package.json`, JSON.stringify({ name: `@sommelier/${name}`, dependencies }));
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

describe('the check of imports', () => {
  it('finds nothing in this repository', () => {
    expect(findViolations(REPOSITORY)).toEqual([]);
  });

  it.each([
    ['packages/client/src/a.ts', "import { x } from '@sommelier/contracts';", 'may import types alone'],
    ['packages/client/src/a.ts', "import { x } from 'node:http';", 'runs without Node'],
    ['packages/client/src/a.ts', "import { x } from '@sommelier/ncf';", 'must not import @sommelier/ncf'],
    ['apps/api/src/a.ts', "import { x } from '@sommelier/client';", 'must not import @sommelier/client'],
    ['packages/contracts/src/a.ts', "import { x } from '@sommelier/ncf';", 'must not import @sommelier/ncf'],
    ['packages/ncf/src/a.ts', "export * from '@sommelier/platform';", 'must not import @sommelier/platform'],
    ['packages/platform/src/a.ts', "await import('@sommelier/ncf');", 'must not import @sommelier/ncf'],
    ['apps/api/src/a.ts', "import '@sommelier/worker';", 'must not import @sommelier/worker'],
    ['apps/api/src/a.ts', "import { x } from '@sommelier/ncf/training';", 'only the worker'],
    ['apps/api/src/a.ts', "import {\n  x,\n} from '../../worker/src/b.ts';", 'leaves apps/api by a path'],
    ['tests/a.ts', "import { x } from '../packages/ncf/src/b.ts';", 'reaches into packages/ncf'],
    ['apps/worker/src/a.ts', "import express from 'express';", 'express is not declared'],
    ['apps/worker/src/a.ts', "import { expect } from '@jest/globals';", '@jest/globals is not declared'],
    ['packages/ncf/src/a.ts', "import { readFileSync } from 'node:fs';", 'node:fs is not allowed'],
    ['packages/ncf/src/engine/a.ts', "import fs from 'fs/promises';", 'fs/promises is not allowed'],
    ['packages/ncf/src/a.ts', "import { createRequire } from 'node:module';", 'node:module is not allowed'],
    ['packages/ncf/src/a.ts', 'const x = Math.random();', 'Math.random'],
    ['packages/ncf/src/a.ts', 'const x = Date.now();', 'the clock'],
    ['packages/ncf/src/a.ts', 'const x = new Date();', 'the clock'],
    ['packages/ncf/src/a.ts', "await fetch('http://localhost');", 'fetch'],
  ])('refuses in %s: %s', (file, code, problem) => {
    write(file, `\n${code}\n`);
    expect(findViolations(root)).toEqual([
      expect.objectContaining({ file, problem: expect.stringContaining(problem) }),
    ]);
  });

  it.each([
    ['packages/ncf/src/a.ts', "import { createHash } from 'node:crypto';"],
    ['packages/ncf/src/a.test.ts', "import { readFileSync } from 'node:fs';\nMath.random();"],
    ['packages/ncf/src/a.ts', "// import { readFileSync } from 'node:fs' would be wrong\n/* Math.random */"],
    ['packages/ncf/src/engine/a.ts', "import { createRequire } from 'node:module';"],
    ['packages/platform/src/a.ts', "import { x } from '@sommelier/contracts';"],
    [
      'packages/client/src/a.ts',
      "import type { X } from '@sommelier/contracts';\nimport { y } from './b.ts';",
    ],
    ['packages/client/src/a.test.ts', "import { createServer } from 'node:http';"],
    ['packages/platform/src/a.test.ts', "import { expect } from '@jest/globals';"],
    [
      'packages/platform/src/a.ts',
      "export type Kind = 'express' | 'fastify';\nexport const from = 'express';",
    ],
    ['apps/worker/src/a.ts', "import { x } from '@sommelier/ncf/training';\nimport { y } from './b.ts';"],
  ])('allows in %s: %s', (file, code) => {
    write(file, code);
    expect(findViolations(root)).toEqual([]);
  });

  it('finds a built file whose source has moved', () => {
    write('apps/worker/src/runs/b.ts', '');
    // In parts, since this file is checked as well.
    const built = (path: string): string => ['apps/worker', 'dist', path].join('/');
    const code = `const A = '${built('runs/b.js')}';\nconst B = '${built('b.js')}'; // ${built('c.js')}\n`;
    write('tests/a.test.ts', code);
    expect(findViolations(root)).toEqual([
      { file: 'tests/a.test.ts', line: 2, problem: `no source is built to ${built('b.js')}` },
    ]);
  });

  it('says on which line an import ends, and whether only its types are used', () => {
    expect(importsOf("\nimport type {\n  A,\n} from 'a';\nimport('b');\n")).toEqual([
      { specifier: 'a', typeOnly: true, line: 4 },
      { specifier: 'b', typeOnly: false, line: 5 },
    ]);
  });
});
