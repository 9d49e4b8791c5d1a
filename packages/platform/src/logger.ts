import { type Logger, pino } from 'pino';
import { type Redact, redactApiKeys } from './security/redaction.ts';

export type { Logger } from 'pino';

/** Keys whose values never reach a log line. */
const SECRET_KEYS = [
  'DATABASE_URL',
  'REDIS_URL',
  'ADMIN_PASSWORD',
  'API_KEY',
  'password',
  'req.headers.authorization',
  'req.headers.cookie',
];

/** JSON lines on standard output, with the name of the process; `redact` takes secrets out of each line. */
export function createLogger(name: string, level: string, redact: Redact = redactApiKeys): Logger {
  return pino({ name, level, redact: SECRET_KEYS, hooks: { streamWrite: redact } });
}
