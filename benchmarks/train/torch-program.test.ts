import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { torchArguments } from './torch-program.ts';

test('PyTorch trains the same network on the same file', () => {
  const [script, ...args] = torchArguments('torch-sparse', {
    data: '/tmp/data.bin',
    batch: 1024,
    threads: 2,
    warm: 1,
    seconds: 3,
    epochs: 0,
    seed: 42,
  });
  expect(existsSync(script!)).toBe(true);
  const options = Object.fromEntries(
    args.flatMap((name, index) => (index % 2 === 0 ? [[name, args[index + 1]]] : [])),
  );
  expect(options).toEqual({
    '--data': '/tmp/data.bin',
    '--batch': '1024',
    '--threads': '2',
    '--optimizer': 'sparse',
    '--seconds': '3',
    '--warm-seconds': '1',
    '--epochs': '0',
    '--seed': '42',
    '--factors': '8',
    '--layers': '64,32,16,8',
    '--learning-rate': '0.005',
    '--init-sigma': '0.05',
    '--negatives': '4',
  });
});
