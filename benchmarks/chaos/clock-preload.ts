import { readFileSync } from 'node:fs';
import { CLOCK_FILE_VARIABLE } from './settings.ts';

/**
 * Loaded before anything else into every thread of a process (`--import`), whose wall clock is then behind by as many
 * milliseconds as a file says, or right while there is none. Clocks that are never set go on as they are.
 */
const LOOK_EVERY_MS = 20;

const file = process.env[CLOCK_FILE_VARIABLE] ?? '';
const RealDate = Date;
let behindMs = 0;
let lookedAtMs = Number.NEGATIVE_INFINITY;

function nowMs(): number {
  if (performance.now() - lookedAtMs > LOOK_EVERY_MS) {
    lookedAtMs = performance.now();
    behindMs = readBehindMs();
  }
  return RealDate.now() - behindMs;
}

function readBehindMs(): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

globalThis.Date = new Proxy(RealDate, {
  get: (target, name, receiver) => (name === 'now' ? nowMs : Reflect.get(target, name, receiver)),
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [nowMs()] : args, newTarget),
  apply: () => new RealDate(nowMs()).toString(),
});
