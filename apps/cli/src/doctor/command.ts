import { rename, rm, writeFile } from 'node:fs/promises';
import { type Config, type DataFinding, MAX_TIMESTAMP_MS, SommelierError } from '@sommelier/contracts';
import { type IdTable, readItemIds } from '@sommelier/ncf';
import {
  type Database,
  describeAddress,
  modelKey,
  openArtifactStore,
  openDatabase,
  parseDatabaseUrl,
  readConfigFile,
  readEnvironment,
} from '@sommelier/platform';
import { Command } from 'commander';
import {
  type DatabaseUrlOption,
  databaseUrlOption,
  resolveDatabaseUrl,
} from '../terminal/database-url-option.ts';
import { type Examination, examine, isRefusal, nothingToExamine } from './examine.ts';
import { logOfDatabase, logOfFile } from './log-source.ts';
import { showExamination } from './show-examination.ts';

/** Apart from 1 and 2, which say that the command itself failed or was called wrongly. */
export const EXIT_CODES: Record<DataFinding['level'], number> = { ok: 0, warn: 3, fail: 4 };

interface DoctorOptions extends DatabaseUrlOption {
  json?: string;
}

/** `sommelier doctor`: says what is odd about a log before anything is trained on it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'check a log: a file in the form of events.csv (plain or .gz), or the events that are stored',
    )
    .argument('[file]', 'timestamp,visitorid,event,itemid,transactionid; without it, the database')
    .option('--json <file>', 'write findings and funnel to this file, too')
    .addOption(databaseUrlOption())
    .addHelpText(
      'after',
      '\nExit code: 0 nothing stands out, 3 warnings, 4 no sensible model can come of it.',
    )
    .action(async (file: string | undefined, options: DoctorOptions) => {
      const config = await readConfigFile(readEnvironment().SOMMELIER_CONFIG);
      const examination = await (file === undefined
        ? examineDatabase(resolveDatabaseUrl(options), config)
        : examineFile(file, config));
      process.stdout.write(`${showExamination(examination)}\n`);
      if (options.json !== undefined) await writeReport(options.json, examination);
      process.exitCode = EXIT_CODES[examination.level];
    });
}

async function examineFile(path: string, { data }: Config): Promise<Examination> {
  try {
    return examine(await logOfFile(path, data, Date.now()), data);
  } catch (error) {
    if (isRefusal(error)) return nothingToExamine(path, error);
    throw error;
  }
}

async function examineDatabase(url: string, { data }: Config): Promise<Examination> {
  const name = describeAddress(parseDatabaseUrl(url));
  const database = await openDatabase({ url });
  try {
    const incumbentItems = await itemsOfActiveModel(database);
    const options = { nowMs: Date.now(), newestPossibleMs: MAX_TIMESTAMP_MS, incumbentItems };
    return examine(await logOfDatabase(database, name, data, options), data);
  } catch (error) {
    if (isRefusal(error)) return nothingToExamine(name, error);
    throw error;
  } finally {
    await database.close();
  }
}

/** Undefined when there is no model, or its file is not within reach: then its share of new items is not told. */
async function itemsOfActiveModel(database: Database): Promise<IdTable | undefined> {
  const active = await database.models.active();
  if (active === undefined) return undefined;
  try {
    const artifacts = openArtifactStore(readEnvironment().ARTIFACT_DIR);
    return readItemIds(await artifacts.get(modelKey(active.version)));
  } catch {
    return undefined;
  }
}

/** Beside the file and then renamed, so that nobody reads half of it. */
async function writeReport(path: string, examination: Examination): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(examination, null, 2)}\n`);
    await rename(temporary, path);
  } catch (cause) {
    throw new SommelierError(
      'invalid-request',
      `--json ${path} cannot be written: ${(cause as Error).message}`,
      { cause },
    );
  } finally {
    await rm(temporary, { force: true });
  }
}
