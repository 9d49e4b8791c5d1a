import { SommelierApiError } from '@sommelier/client';
import { type ErrorCode, isSommelierError } from '@sommelier/contracts';
import pc from 'picocolors';

/** What to do about an error, where the message itself cannot know. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  'database-unavailable': 'Check DATABASE_URL (or --database-url) and that the database server runs.',
  'database-url': 'Use mysql://user:password@host:3306/database or file:PATH in DATABASE_URL.',
  'queue-unavailable': 'Check REDIS_URL and that the Redis server runs.',
  'invalid-config': 'Every key, its default and its limits are described in docs/configuration.md.',
};

/** The text for an error: `error[code]: message`, its details and a hint, one a line; the stack on request. */
export function describeError(error: unknown, options: { withStack?: boolean } = {}): string {
  const lines: string[] = [];
  if (isSommelierError(error) || error instanceof SommelierApiError) {
    lines.push(`${pc.red(`error[${error.code}]`)}: ${error.message}`);
    const details = isSommelierError(error) ? error.details : error.problem?.errors;
    for (const detail of details ?? []) lines.push(`  ${detail.path}: ${detail.message}`);
    const hint = HINTS[error.code as ErrorCode];
    if (hint !== undefined) lines.push(`  ${pc.dim('hint')}: ${hint}`);
  } else {
    const message = error instanceof Error ? error.message : String(error);
    lines.push(`${pc.red('error[internal]')}: ${message}`);
    if (options.withStack !== true)
      lines.push(`  ${pc.dim('hint')}: LOG_LEVEL=debug shows where it happened.`);
  }
  if (options.withStack === true && error instanceof Error) lines.push(stackOf(error));
  return lines.join('\n');
}

function stackOf(error: Error): string {
  const own = error.stack ?? String(error);
  return error.cause instanceof Error ? `${own}\ncaused by ${stackOf(error.cause)}` : own;
}
