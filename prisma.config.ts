import { defineConfig } from 'prisma/config';
import { copyModels } from './prisma/copy-models.ts';

copyModels();

// Only migrating needs Prisma's native schema engine; for anything else it is enough that some file stands in for
// it, so that nothing has to be downloaded.
if (!['migrate', 'db'].includes(process.argv[2] ?? '')) {
  process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;
}

const url = process.env.DATABASE_URL ?? 'file:.sommelier/sommelier.db';
const provider = url.startsWith('mysql:') ? 'mysql' : 'sqlite';

export default defineConfig({
  schema: `prisma/${provider}`,
  migrations: { path: `prisma/${provider}/migrations` },
  datasource: { url },
});
