import { describeAddress, migrateDatabase, parseDatabaseUrl } from '@sommelier/platform';
import { Command } from 'commander';
import {
  type DatabaseUrlOption,
  databaseUrlOption,
  resolveDatabaseUrl,
} from './terminal/database-url-option.ts';

/** `sommelier migrate`: brings the database's tables up to date. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('create the database if it is missing and bring its tables up to date')
    .addOption(databaseUrlOption())
    .action(async (options: DatabaseUrlOption) => {
      const url = resolveDatabaseUrl(options);
      const name = describeAddress(parseDatabaseUrl(url));
      const { applied } = await migrateDatabase(url, {
        onApply: (migration) => process.stdout.write(`applied ${migration}\n`),
      });
      const what = applied.length === 0 ? 'is up to date already' : 'is up to date';
      process.stdout.write(`${name} ${what}\n`);
    });
}
