import { API_ROLES, type ApiKey, SommelierError } from '@sommelier/contracts';
import { createApiKey, type Database, openDatabase } from '@sommelier/platform';
import Table from 'cli-table3';
import { Argument, Command, Option } from 'commander';
import {
  type DatabaseUrlOption,
  databaseUrlOption,
  resolveDatabaseUrl,
} from '../terminal/database-url-option.ts';

/** `sommelier keys`: makes, lists and revokes keys of the API. */
export function keysCommand(): Command {
  return new Command('keys')
    .description('keys of the API: who may ask it for what')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  return new Command('create')
    .description('make a key and show it, once')
    .requiredOption('--name <name>', 'who uses it, for people to read')
    .addOption(
      new Option('--role <role...>', `what it may be used for: ${API_ROLES.join(', ')}`)
        .choices(API_ROLES)
        .makeOptionMandatory(),
    )
    .addOption(databaseUrlOption())
    .action(async (options: DatabaseUrlOption & { name: string; role: string[] }) => {
      const { key, token } = await withDatabase(options, ({ apiKeys }) =>
        createApiKey(apiKeys, { name: options.name, roles: options.role, nowMs: Date.now() }),
      );
      // Standard output has the key and nothing else, so that a script can take it.
      process.stderr.write(
        `Key ${key.id} of "${key.name}" may ${key.roles.join(', ')}. It is shown this once and not kept:\n`,
      );
      process.stdout.write(`${token}\n`);
    });
}

function listCommand(): Command {
  return new Command('list')
    .description('list the keys, newest first')
    .option('--json', 'as JSON')
    .addOption(databaseUrlOption())
    .action(async (options: DatabaseUrlOption & { json?: boolean }) => {
      const stored = await withDatabase(options, ({ apiKeys }) => apiKeys.list());
      const keys: ApiKey[] = stored.map(({ hash: _, ...key }) => key);
      process.stdout.write(`${options.json === true ? JSON.stringify(keys) : tableOf(keys)}\n`);
    });
}

function revokeCommand(): Command {
  return new Command('revoke')
    .description('end a key for good; replicas refuse it within seconds')
    .addArgument(new Argument('<id>', 'the part of the key between smk_ and the next _'))
    .addOption(databaseUrlOption())
    .action(async (id: string, options: DatabaseUrlOption) => {
      const key = await withDatabase(options, ({ apiKeys }) => apiKeys.revoke(id, Date.now()));
      if (key === undefined) {
        throw new SommelierError('key-not-found', `There is no key ${id}; "sommelier keys list" shows them.`);
      }
      process.stdout.write(`Key ${key.id} of "${key.name}" is revoked since ${timeOf(key.revokedAtMs)}.\n`);
    });
}

async function withDatabase<T>(
  options: DatabaseUrlOption,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase({ url: resolveDatabaseUrl(options) });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

function tableOf(keys: readonly ApiKey[]): string {
  if (keys.length === 0) return 'There are no keys: the API listens on this machine only.';
  const table = new Table({ head: ['id', 'name', 'roles', 'made', 'last used', 'revoked'] });
  for (const { id, name, roles, createdAtMs, lastUsedAtMs, revokedAtMs } of keys) {
    table.push([id, name, roles.join(', '), timeOf(createdAtMs), timeOf(lastUsedAtMs), timeOf(revokedAtMs)]);
  }
  return table.toString();
}

function timeOf(timeMs: number | null): string {
  return timeMs === null ? '' : new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
