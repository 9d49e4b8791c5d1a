import type { ApiRole, ErrorCode } from '@sommelier/contracts';
import { accessOf } from '../security/route-access.ts';
import type { Operation } from './operation.ts';

/** How a caller says who it is, as `components.securitySchemes` has it. */
export const SECURITY_SCHEMES = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'smk_<id>_<secret>',
    description:
      'A key of the API with the role that the operation names; no role includes another. While an installation has no key, it answers without one, on its own machine only.',
  },
} as const;

/** The roles that a key needs; without one any key will do. */
export interface SecurityRequirement {
  readonly apiKey: readonly ApiRole[];
}

type Address = Pick<Operation, 'method' | 'path'>;

/** Codes of a caller who is not admitted, or of whom it cannot be said while the keys are not read yet. */
const NOT_ADMITTED: readonly ErrorCode[] = [
  'unauthorized',
  'forbidden',
  'rate-limited',
  'database-unavailable',
];

/**
 * What an operation needs, from the table that requests are admitted by; nothing for what is public. A parameter in
 * braces is one part of the path, as its values are.
 */
export function securityOf({ method, path }: Address): readonly SecurityRequirement[] {
  const access = accessOf(method.toUpperCase(), path);
  if (access === 'public') return [];
  return [{ apiKey: access === 'any' ? [] : [access] }];
}

/** Codes that an operation may answer with before it begins. */
export function admissionErrors(address: Address): readonly ErrorCode[] {
  return securityOf(address).length === 0 ? [] : NOT_ADMITTED;
}
