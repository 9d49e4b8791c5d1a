import { userInfo } from 'node:os';
import { activeModelSchema, type ModelList, modelDetailSchema, modelListSchema } from '@sommelier/contracts';
import { Command } from 'commander';
import { apiClient } from './api/api-client.ts';
import { checkedAnswer } from './api/checked-answer.ts';
import { type UrlOption, urlOption } from './api/url-option.ts';
import { textTable } from './terminal/text-table.ts';

/** The API loads and verifies a model before it activates it. */
const ACTIVATION_TIMEOUT_MS = 150_000;

/** `sommelier models`: the model versions of an API. */
export function modelsCommand(): Command {
  return new Command('models')
    .description('list, activate and pin model versions')
    .addCommand(listCommand())
    .addCommand(activateCommand())
    .addCommand(pinCommand('pin', 'keep the files of a version, whatever its age'))
    .addCommand(pinCommand('unpin', 'let the files of a version go when it is old'));
}

function listCommand(): Command {
  return new Command('list')
    .description('model versions, newest first; * is the active one')
    .addOption(urlOption())
    .action(async ({ url }: UrlOption) => {
      const api = apiClient(url);
      const list = checkedAnswer(api, modelListSchema, await api.models({ limit: 100 }));
      process.stdout.write(`${modelTable(list)}\n`);
    });
}

function activateCommand(): Command {
  return new Command('activate')
    .description('make a version the active one, back or forward: every replica swaps to it')
    .argument('<version>', 'version of the model')
    .option('--force', 'also a version that the gate has rejected', false)
    .option('--by <name>', 'who wants it, for the history (default: your user)')
    .addOption(urlOption())
    .action(async (version: string, options: UrlOption & { force: boolean; by?: string }) => {
      const api = apiClient(options.url, { timeoutMs: ACTIVATION_TIMEOUT_MS });
      const request = { activatedBy: options.by ?? `cli:${userInfo().username}`, force: options.force };
      const active = checkedAnswer(api, activeModelSchema, await api.activateModel(version, request));
      process.stdout.write(`${active.version} is active as generation ${active.generation}\n`);
    });
}

function pinCommand(action: 'pin' | 'unpin', description: string): Command {
  return new Command(action)
    .description(description)
    .argument('<version>', 'version of the model')
    .addOption(urlOption())
    .action(async (version: string, { url }: UrlOption) => {
      const api = apiClient(url);
      const model = checkedAnswer(api, modelDetailSchema, await api[`${action}Model`](version));
      process.stdout.write(`${model.version} is ${model.pinned ? 'pinned' : 'not pinned'}\n`);
    });
}

/** A line a version: mark, version, status, quality, cost, and whether its files are kept. */
export function modelTable({ models }: ModelList): string {
  const rows = models.map(({ version, active, status, pinned, filesDeletedAtMs, manifest }) => {
    const { metrics, cpuSeconds, codeRevision } = manifest;
    const files = filesDeletedAtMs === null ? (pinned ? 'pinned' : 'kept') : 'deleted';
    const ndcg = metrics.neumf.full.ndcg.mean.toFixed(4);
    const cost = cpuSeconds === undefined ? '-' : `${cpuSeconds.toFixed(1)} s`;
    return [active ? '*' : '', version, status, ndcg, cost, files, codeRevision.slice(0, 12)];
  });
  return textTable([['', 'VERSION', 'STATUS', 'NDCG', 'CPU', 'FILES', 'CODE'], ...rows]);
}
