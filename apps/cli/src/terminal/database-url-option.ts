import { readEnvironment } from '@sommelier/platform';
import { Option } from 'commander';

export interface DatabaseUrlOption {
  databaseUrl?: string;
}

/** `--database-url`, for commands that use the database. */
export function databaseUrlOption(): Option {
  return new Option(
    '--database-url <url>',
    'mysql://user:password@host:3306/database or file:PATH (default: DATABASE_URL, else file:.sommelier/sommelier.db)',
  );
}

/** The address that was asked for: the option, else the environment, else the default. */
export function resolveDatabaseUrl(options: DatabaseUrlOption): string {
  return options.databaseUrl ?? readEnvironment().DATABASE_URL;
}
