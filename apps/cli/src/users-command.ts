import { setTimeout as sleep } from 'node:timers/promises';
import type { SommelierClient } from '@sommelier/client';
import { type Erasure, erasureSchema } from '@sommelier/contracts';
import { Command } from 'commander';
import { apiClient } from './api/api-client.ts';
import { checkedAnswer } from './api/checked-answer.ts';
import { type UrlOption, urlOption } from './api/url-option.ts';

const LOOK_EVERY_MS = 1_000;

/** `sommelier users`: people, as an API knows them. */
export function usersCommand(): Command {
  return new Command('users').description('erase users').addCommand(eraseCommand());
}

function eraseCommand(): Command {
  return new Command('erase')
    .description('delete what a user did, and take the user out of every model and file')
    .argument('<id>', 'id of the user')
    .option('--wait', 'until the last file is gone', false)
    .addOption(urlOption())
    .action(async (id: string, { url, wait }: UrlOption & { wait: boolean }) => {
      const api = apiClient(url);
      const started = checkedAnswer(api, erasureSchema, await api.eraseUser(id));
      const erasure = wait ? await finished(api, started) : started;
      process.stdout.write(`${erasureLines(erasure).join('\n')}\n`);
    });
}

async function finished(api: SommelierClient, started: Erasure): Promise<Erasure> {
  let erasure = started;
  while (erasure.state !== 'finished') {
    await sleep(LOOK_EVERY_MS);
    erasure = checkedAnswer(api, erasureSchema, await api.erasure(erasure.id));
  }
  return erasure;
}

/** What an erasure's receipt says, for a reader. */
export function erasureLines(erasure: Erasure): string[] {
  const { filesDeleted, filesToDelete, replicas, finishedAtMs } = erasure;
  const end =
    finishedAtMs === null
      ? `waits for ${replicas.waitingFor} replicas and ${filesToDelete} files: see /v1/erasures/${erasure.id}`
      : `finished at ${new Date(finishedAtMs).toISOString()}`;
  return [
    `erasure ${erasure.id} of the user with the SHA-256 ${erasure.userHash}`,
    `events deleted      ${erasure.eventsDeleted}`,
    `versions replaced   ${erasure.versionsReplaced}`,
    `versions deleted    ${erasure.versionsDeleted}`,
    `snapshots deleted   ${erasure.snapshotsDeleted}`,
    `files deleted       ${filesDeleted} of ${filesDeleted + filesToDelete}`,
    `replicas without    ${replicas.confirmed} of ${replicas.confirmed + replicas.waitingFor}`,
    end,
  ];
}
