import {
  RUN_STATUSES,
  type RunStatus,
  type TrainingRun,
  trainingRunSchema,
  trainingRunsSchema,
} from '@sommelier/contracts';
import { Command, InvalidArgumentError, Option } from 'commander';
import { apiClient } from './api/api-client.ts';
import { checkedAnswer } from './api/checked-answer.ts';
import { type UrlOption, urlOption } from './api/url-option.ts';
import { textTable } from './terminal/text-table.ts';

/** `sommelier runs`: the training runs of an API. */
export function runsCommand(): Command {
  return new Command('runs')
    .description('list and cancel training runs')
    .addCommand(listCommand())
    .addCommand(cancelCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('training runs, newest first')
    .addOption(urlOption())
    .addOption(new Option('--status <status>', 'only these').choices(RUN_STATUSES))
    .addOption(new Option('--limit <n>', 'at most so many, 1 to 100').default(20).argParser(limit))
    .action(async ({ url, status, limit }: UrlOption & { status?: RunStatus; limit: number }) => {
      const api = apiClient(url);
      const answer = await api.trainingRuns({ limit, status });
      const { runs } = checkedAnswer(api, trainingRunsSchema, answer);
      process.stdout.write(`${runTable(runs)}\n`);
    });
}

function cancelCommand(): Command {
  return new Command('cancel')
    .description('cancel a run that waits or trains; nothing of it stays')
    .argument('<id>', 'id of the run')
    .addOption(urlOption())
    .action(async (id: string, { url }: UrlOption) => {
      const api = apiClient(url);
      const run = checkedAnswer(api, trainingRunSchema, await api.cancelTraining(id));
      process.stdout.write(`${run.id} is ${run.status}\n`);
    });
}

/** A line a run: id, status, when it was asked for, how far it is, and what came of it. */
export function runTable(runs: readonly TrainingRun[]): string {
  const rows = runs.map((run) => [
    run.id,
    run.status,
    new Date(run.createdAtMs).toISOString().slice(0, 19),
    run.progress === null ? '-' : `${Math.floor(run.progress.fraction * 100)}%`,
    resultOf(run),
  ]);
  return textTable([['RUN', 'STATUS', 'ASKED FOR (UTC)', 'DONE', 'RESULT'], ...rows]);
}

function resultOf({ verifies, verification, modelVersion, error }: TrainingRun): string {
  const result = modelVersion ?? error?.code ?? '-';
  return verifies === null ? result : `verify ${verifies}: ${verification?.outcome ?? result}`;
}

function limit(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 100) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 100.');
}
