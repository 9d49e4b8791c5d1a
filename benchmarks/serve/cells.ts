import type { ScoreCell } from '../score/cells.ts';

/** ML-1M's catalogue and RetailRocket's. */
export const CATALOGUES: readonly number[] = [3_706, 235_061];
/** By factors. */
const TOWERS: ReadonlyMap<number, readonly number[]> = new Map([
  [8, [64, 32, 16, 8]],
  [64, [128, 64, 32, 16]],
]);

/** A load on the API: whose answers are asked for, how, and of how many replicas. */
export interface ServeCell {
  readonly kind: 'serve';
  readonly name: string;
  readonly model: ScoreCell;
  /** `cached`: the same few users again and again; `uncached`: every request is another user's. */
  readonly users: 'cached' | 'uncached';
  readonly filtered: boolean;
  readonly replicas: 1 | 2;
  /** One request after the other. */
  readonly oneAtATime: boolean;
}

export interface SwapCell {
  readonly kind: 'swap';
  readonly name: string;
  readonly model: ScoreCell;
}

export interface FreshnessCell {
  readonly kind: 'fresh';
  readonly name: string;
  readonly what: 'events' | 'items';
  readonly model: ScoreCell;
}

/** A server of somebody else: Node.js that only says hello, or a Python program with a model of the same shape. */
export interface PeerCell {
  readonly kind: 'peer';
  readonly name: string;
  readonly peer: 'bare' | 'express' | 'seed' | 'torch';
  readonly model: ScoreCell;
}

export type Cell = ServeCell | SwapCell | FreshnessCell | PeerCell;

export interface CellChoice {
  readonly patterns: readonly string[];
  readonly filters: boolean;
  readonly freshness: boolean;
}

export function modelOf(items: number, factors: number): ScoreCell {
  return { items, factors, layers: TOWERS.get(factors)! };
}

/** Name of a plain load's cell. */
export function loadName(items: number, factors: number, users: string, replicas: number): string {
  return `${items}-f${factors}-${users}-plain-r${replicas}`;
}

const SMALL = CATALOGUES[0]!;
const LARGE = CATALOGUES[1]!;

/** All cells that are chosen, those of one model together. */
export function cellsOf({ patterns, filters, freshness }: CellChoice): Cell[] {
  const wanted = patterns.map(matcher);
  const models = [...TOWERS.keys()].flatMap((factors) => CATALOGUES.map((items) => modelOf(items, factors)));
  return models
    .flatMap((model) => [...peersOf(model), ...loadsOf(model), ...changesOf(model)])
    .filter((cell) => filters || cell.kind !== 'serve' || !cell.filtered)
    .filter((cell) => freshness || cell.kind !== 'fresh')
    .filter(({ name }) => wanted.length === 0 || wanted.some((matches) => matches(name)));
}

function loadsOf(model: ScoreCell): ServeCell[] {
  const of = `${model.items}-f${model.factors}`;
  const loads = ([1, 2] as const).flatMap((replicas) =>
    (['cached', 'uncached'] as const).flatMap((users) =>
      [false, true].map((filtered): ServeCell => {
        const name = `${of}-${users}-${filtered ? 'filtered' : 'plain'}-r${replicas}`;
        return { kind: 'serve', name, model, users, filtered, replicas, oneAtATime: false };
      }),
    ),
  );
  const one: ServeCell = {
    kind: 'serve',
    name: `one-${of}`,
    model,
    users: 'uncached',
    filtered: false,
    replicas: 1,
    oneAtATime: true,
  };
  return [one, ...loads];
}

function changesOf(model: ScoreCell): Cell[] {
  if (model.factors !== 8) return [];
  const swap: Cell = { kind: 'swap', name: `swap-${model.items}-f8`, model };
  const fresh = (['events', 'items'] as const).map(
    (what): Cell => ({ kind: 'fresh', name: `fresh-${what}-${model.items}-f8`, what, model }),
  );
  return model.items === LARGE ? [swap, ...fresh] : [swap];
}

/** Beside the loads that they are compared with. */
function peersOf(model: ScoreCell): PeerCell[] {
  if (model.factors !== 8) return [];
  const python = (['seed', 'torch'] as const).map(
    (peer): PeerCell => ({ kind: 'peer', name: `peer-${peer}-${model.items}-f8`, peer, model }),
  );
  if (model.items !== SMALL) return python;
  const hello = (['bare', 'express'] as const).map(
    (peer): PeerCell => ({ kind: 'peer', name: `peer-${peer}`, peer, model }),
  );
  return [...hello, ...python];
}

/** `*` stands for anything. */
function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[^A-Za-z0-9-]/g, '\\$&'));
  const whole = new RegExp(`^${parts.join('.*')}$`);
  return (name) => whole.test(name);
}
