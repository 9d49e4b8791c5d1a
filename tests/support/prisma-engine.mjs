// Asks Prisma's own schema engine, in its WebAssembly form (SQLite only), what it thinks of a migrated database.
// Usage: node prisma-engine.mjs file:PATH; prints JSON. A process of its own, since
// the engine's module is loaded by hand.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

const PRISMA = new URL('../../prisma/sqlite/', import.meta.url);
const read = (path) => readFileSync(new URL(path, PRISMA), 'utf8');

const wasm = new URL(
  'schema_engine_bg.wasm',
  import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'),
);
const module = new WebAssembly.Module(readFileSync(wasm));
const { exports } = new WebAssembly.Instance(module, { './schema_engine_bg.js': bindings });
bindings.__wbg_set_wasm(exports);
exports.__wbindgen_start();

const paths = [
  'schema.prisma',
  ...readdirSync(new URL('generated/', PRISMA)).map((name) => `generated/${name}`),
];
const files = paths.map((path) => ({ path, content: read(path) }));
const folders = readdirSync(new URL('migrations/', PRISMA), { withFileTypes: true });
const migrationsList = {
  baseDir: fileURLToPath(new URL('migrations', PRISMA)),
  lockfile: { path: 'migration_lock.toml', content: read('migrations/migration_lock.toml') },
  shadowDbInitScript: '',
  migrationDirectories: folders
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: read(`migrations/${name}/migration.sql`) },
      },
    })),
};
const filters = { externalTables: [], externalEnums: [] };

const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaLibSql({ url: process.argv[2] }));
const datamodels = files.map(({ path, content }) => [path, content]);
const engine = await bindings.SchemaEngine.new({ datamodels }, () => {}, adapter);
const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters });
const { stdout } = await engine.diff({
  from: { tag: 'schemaDatasource', files, configDir: fileURLToPath(PRISMA) },
  to: { tag: 'schemaDatamodel', files },
  script: true,
  exitCode: false,
  filters,
});
const diagnosis = await engine.diagnoseMigrationHistory({
  migrationsList,
  optInToShadowDatabase: false,
  filters,
});
process.stdout.write(JSON.stringify({ difference: stdout, diagnosis, applied: appliedMigrationNames }));
