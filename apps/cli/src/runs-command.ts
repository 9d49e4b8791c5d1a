import {
  RUN_STATUSES,
  type RunEvent,
  type RunStatus,
  runEventSchema,
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
    .description('list, follow and cancel training runs')
    .addCommand(listCommand())
    .addCommand(followCommand())
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

function followCommand(): Command {
  return new Command('follow')
    .description('tell what happens to a run until it has ended; fails when the run does')
    .argument('<id>', 'id of the run')
    .addOption(urlOption())
    .action(async (id: string, { url }: UrlOption) => {
      const api = apiClient(url);
      for await (const answer of api.followRun(id)) {
        const event = checkedAnswer(api, runEventSchema, answer);
        process.stdout.write(`${runEventLine(event)}\n`);
        if (event.type === 'end' && event.run.status !== 'succeeded') process.exitCode = 1;
      }
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

/** A line for people. */
export function runEventLine(event: RunEvent): string {
  switch (event.type) {
    case 'status':
      return event.attempt > 1 ? `${event.status}, attempt ${event.attempt}` : event.status;
    case 'stage':
      return `stage: ${event.stage}`;
    case 'epoch': {
      const { phase = 'training', epoch, epochs, loss } = event;
      const of = epochs === undefined ? '' : ` of ${epochs}`;
      return `${phase}: epoch ${epoch}${of} is over${loss === undefined ? '' : `, loss ${loss.toFixed(5)}`}`;
    }
    case 'progress':
      return `${String(Math.floor(event.progress.fraction * 100)).padStart(3)}% ${event.progress.message}`;
    case 'metrics': {
      const { cutoff } = event.metrics.protocol;
      return `NDCG@${cutoff} ${event.metrics.neumf.full.ndcg.mean.toFixed(4)} over the full catalogue`;
    }
    case 'end': {
      const { id, status, modelVersion, error } = event.run;
      const what = error === null ? (modelVersion ?? '') : `[${error.code}] ${error.detail}`;
      return `run ${id} has ${status === 'cancelled' ? 'been cancelled' : `ended: ${status} ${what}`.trimEnd()}`;
    }
  }
}

function limit(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 100) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 100.');
}
