/** Replicas behind the load's balancer. */
export const REPLICAS = 3;
export const WORKERS = 2;

/** Of the long run: JOB_LOCK_MS of the workers, a quarter of the product's default, so that a round is short. */
export const LOCK_MS = 5_000;
/** How often a replica re-reads which model is active. */
export const MODEL_POLL_MS = 1_000;
export const DATABASE_DOWN_MS = 10_000;
/** A round that takes longer to recover has not recovered. */
export const RECOVERY_TIMEOUT_MS = 180_000;
/** Names a process's `clockFile` to it. */
export const CLOCK_FILE_VARIABLE = 'CHAOS_CLOCK_FILE';
