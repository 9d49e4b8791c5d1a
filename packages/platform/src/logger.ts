import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Keys whose values never reach a log line. */
const SECRET_KEYS = [
  'DATABASE_URL',
  'REDIS_URL',
  'ADMIN_PASSWORD',
  'password',
  'req.headers.authorization',
  'req.headers.cookie',
];

/** JSON lines on standard output, with the name of the process. */
export function createLogger(name: string, level: string): Logger {
  return pino({ name, level, redact: SECRET_KEYS });
}
