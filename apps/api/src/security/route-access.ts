import type { ApiRole } from '@sommelier/contracts';

/** `public`: nobody has to say who they are; `any`: a key of whatever role; else the role that the key needs. */
export type Access = 'public' | 'any' | ApiRole;

interface Rule {
  readonly path: RegExp;
  readonly access: Access;
  /** Without it: every method. */
  readonly methods?: readonly string[];
}

const READ = ['GET', 'HEAD', 'OPTIONS'];

/**
 * What each address needs; the first rule that matches counts. Whatever is not named here needs `operate`: an address
 * that somebody forgets is closed rather than open, and who may not operate does not learn which addresses exist.
 */
const RULES: readonly Rule[] = [
  { path: /^\/v1\/users\/[^/]+\/recommendations\/?$/, access: 'recommend' },
  { path: /^\/v1\/recommendations(\/batch)?\/?$/, access: 'recommend' },
  { path: /^\/v1\/users\/[^/]+\/why-not\/[^/]+\/?$/, access: 'recommend' },
  { path: /^\/v1\/items\/[^/]+\/similar\/?$/, access: 'recommend' },
  { path: /^\/topN(=[^/]*for_user=[^/]*)?\/?$/, access: 'recommend' },
  { path: /^\/v1\/(events|items)\/?$/, access: 'ingest' },
  { path: /^\/v1\/users\/[^/]+\/merge\/?$/, access: 'ingest' },
  { path: /^\/(healthz|readyz)\/?$/, access: 'public' },
  // The description of the addresses is the same in every installation, and tells nothing about this one.
  { path: /^\/(openapi\.json|docs(\/.*)?)$/, access: 'public' },
  { path: /^\/(login|logout)\/?$/, access: 'public' },
  { path: /^\/metrics\/?$/, access: 'observe' },
  { path: /^\/$/, access: 'any' },
  // To look at the queue any key will do; to change it takes an operator's.
  { path: /^\/admin\/queues(\/.*)?$/, access: 'any', methods: READ },
];

/** Addresses that stay closed to the unknown also while there are no keys. */
const ALWAYS_LOGIN = /^\/admin\/queues(\/.*)?$/;

/** What a request needs. `path` is as it was sent, without the query. */
export function accessOf(method: string, path: string): Access {
  for (const rule of RULES) {
    if (rule.path.test(path) && (rule.methods?.includes(method) ?? true)) return rule.access;
  }
  return 'operate';
}

/** Whether an address needs a login even on a machine's own address without keys. */
export function alwaysNeedsLogin(path: string): boolean {
  return ALWAYS_LOGIN.test(path);
}
