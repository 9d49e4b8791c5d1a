import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { type GpuOptions, parseOptions } from './options.ts';
import { torchArguments, torchProblem } from './torch-peer.ts';

const OPTIONS = parseOptions([]) as GpuOptions;

test('every option that is passed is one of the PyTorch program', () => {
  const script = readFileSync(fileURLToPath(new URL('../peers/torch_ncf.py', import.meta.url)), 'utf8');
  const passed = torchArguments(OPTIONS, 4_096, 'sparse').filter((argument) => argument.startsWith('--'));
  expect(passed).toHaveLength(8);
  for (const option of passed) expect(script).toContain(`add_argument("${option}"`);
});

test('without a usable PyTorch there is a reason instead of a figure', async () => {
  expect(await torchProblem({ ...OPTIONS, torch: false })).toBe('--no-torch');
  expect(await torchProblem({ ...OPTIONS, layers: [] })).toMatch(/no network without a tower/);
  // A program that fails as Python does without the module.
  expect(await torchProblem({ ...OPTIONS, python: process.execPath })).toBeTruthy();
  expect(await torchProblem({ ...OPTIONS, python: '/nowhere/python3' })).toMatch(/ENOENT/);
  expect(() => execFileSync('/nowhere/python3')).toThrow();
});
