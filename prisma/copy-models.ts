import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const MODELS = new URL('./models/', import.meta.url);
const NOTE = '// Made from prisma/models by prisma/copy-models.ts: edit there.\n\n';

/**
 * The models are written once, with MySQL's column types; Prisma accepts such types for their own provider only. So
 * each provider's schema folder gets a copy. SQLite's has none of these types, and plain `Int` keys, since there only
 * an INTEGER key (64 bits wide all the same) counts up by itself.
 */
export function copyModels(): void {
  for (const provider of ['mysql', 'sqlite']) {
    const folder = new URL(`./${provider}/generated/`, import.meta.url);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(MODELS).sort()) {
      const models = readFileSync(new URL(name, MODELS), 'utf8');
      writeFileSync(new URL(name, folder), NOTE + (provider === 'mysql' ? models : forSqlite(models)));
    }
  }
}

function forSqlite(models: string): string {
  return models.replaceAll(/ +@db\.\w+(\([\d, ]*\))?/g, '').replaceAll(/\bBigInt(\s+@id)/g, 'Int$1');
}
