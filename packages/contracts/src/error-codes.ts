/**
 * Every error code of the product, with the HTTP status that the API answers it with, whether a training run that
 * meets it is worth another attempt, and its title. `docs/errors.md` lists exactly these; a test holds them together.
 */
export const ERRORS = {
  'invalid-request': { status: 400, retryable: false, title: 'The request is not valid' },
  'invalid-config': { status: 400, retryable: false, title: 'The configuration is not valid' },
  unauthorized: { status: 401, retryable: false, title: 'A key is needed' },
  'not-found': { status: 404, retryable: false, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, retryable: false, title: 'This method is not allowed here' },
  'run-not-found': { status: 404, retryable: false, title: 'No such training run' },
  'model-not-found': { status: 404, retryable: false, title: 'No such model version' },
  'payload-too-large': { status: 413, retryable: false, title: 'The request is too large' },
  'no-model': { status: 503, retryable: false, title: 'No model is loaded yet' },
  'queue-unavailable': { status: 503, retryable: true, title: 'The queue cannot be reached' },
  'database-unavailable': { status: 503, retryable: true, title: 'The database cannot be reached' },
  overloaded: { status: 503, retryable: true, title: 'The server has too much to do' },
  internal: { status: 500, retryable: true, title: 'Something went wrong on the server' },
  'no-events': { status: 422, retryable: false, title: 'There are no events to train on' },
  'all-filtered': { status: 422, retryable: false, title: 'The preparation dropped every user' },
  'too-few-interactions': { status: 422, retryable: false, title: 'Too little is left to train on' },
  'training-diverged': { status: 422, retryable: false, title: 'The training diverged' },
  'engine-unavailable': { status: 500, retryable: false, title: 'The chosen engine cannot be used here' },
  'model-file-invalid': { status: 500, retryable: false, title: 'The model file is damaged or not a model' },
  'artifact-not-found': { status: 500, retryable: true, title: 'A file is missing in the artifact store' },
  'artifact-store': { status: 500, retryable: true, title: 'The artifact store cannot be used' },
  'activation-lost': { status: 409, retryable: false, title: 'A newer model was activated in the meantime' },
  'database-url': { status: 500, retryable: false, title: 'The database address cannot be used' },
  'migration-failed': { status: 500, retryable: false, title: 'The database could not be migrated' },
  'import-file': { status: 422, retryable: false, title: 'The file cannot be imported' },
  'import-source': { status: 422, retryable: false, title: 'The source table cannot be imported' },
  'service-missing': { status: 500, retryable: false, title: 'A service that is needed was not found' },
  'key-not-found': { status: 404, retryable: false, title: 'No such API key' },
  'rate-limited': { status: 429, retryable: true, title: 'Too many requests' },
  'unsafe-address': { status: 500, retryable: false, title: 'This address needs an API key' },
  forbidden: { status: 403, retryable: false, title: 'This is not allowed' },
  'training-memory': { status: 422, retryable: false, title: 'The training needs more memory' },
  'too-many-events': { status: 422, retryable: false, title: 'There are more events than a run can read' },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>;

export type ErrorCode = keyof typeof ERRORS;
