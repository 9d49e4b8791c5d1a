import { Command } from 'commander';

/** `sommelier migrate`: brings the database's tables up to date. */
export function migrateCommand(): Command {
  return new Command('migrate').description('create or update the tables of the database');
}
