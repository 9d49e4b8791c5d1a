import { z } from 'zod';

/**
 * What a key may be used for: `recommend` asks for recommendations, `ingest` sends events and items, `operate` trains,
 * activates, erases and looks inside, `observe` reads the metrics. None includes another.
 */
export const API_ROLES = ['recommend', 'ingest', 'operate', 'observe'] as const;
export const apiRoleSchema = z.enum(API_ROLES);
export type ApiRole = z.infer<typeof apiRoleSchema>;

/** Most keys that an installation may have, revoked ones included. */
export const MAX_API_KEYS = 1_000;

export const apiKeyRequestSchema = z.strictObject({
  /** For people: who uses the key. */
  name: z
    .string()
    .regex(/^[^\p{C}]+$/u, 'must be text without control characters')
    .trim()
    .min(1)
    .max(64),
  roles: z
    .array(apiRoleSchema)
    .min(1, 'needs at least one role')
    .transform((roles) => API_ROLES.filter((role) => roles.includes(role))),
});

/** A key as it may be shown: everything but the secret, which nobody keeps. Times are Unix milliseconds. */
export interface ApiKey {
  /** The middle part of `smk_<id>_<secret>`. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly ApiRole[];
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
  /** Within a minute or so; null when it was never used. */
  readonly lastUsedAtMs: number | null;
}
