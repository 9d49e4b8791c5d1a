import type { SommelierClient } from '@sommelier/client';
import {
  runEventSchema,
  submittedRunSchema,
  type TrainingRun,
  type Verification,
} from '@sommelier/contracts';
import { Command } from 'commander';
import { apiClient } from './api/api-client.ts';
import { checkedAnswer } from './api/checked-answer.ts';
import { type UrlOption, urlOption } from './api/url-option.ts';

const EXIT_CODES: Record<Verification['outcome'], number> = {
  reproduced: 0,
  differs: 1,
  'not-reproducible': 3,
};
/** The run came to no outcome: it failed, or somebody cancelled it. */
const EXIT_WITHOUT_OUTCOME = 3;

/** `sommelier verify`: trains a version again and compares. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('train a model version again, and compare its bytes and metrics with what is recorded')
    .argument('<version>', 'version of the model')
    .addOption(urlOption())
    .addHelpText('after', '\nExit code: 0 reproduced, 1 it differs, 3 it could not be trained again.')
    .action(async (version: string, { url }: UrlOption) => {
      const api = apiClient(url);
      const { id } = checkedAnswer(api, submittedRunSchema, await api.verifyModel(version));
      process.stderr.write(`Run ${id} trains ${version} again\n`);
      const run = await runAtItsEnd(api, id);
      process.stdout.write(`${verificationText(run)}\n`);
      process.exitCode = run.verification ? EXIT_CODES[run.verification.outcome] : EXIT_WITHOUT_OUTCOME;
    });
}

async function runAtItsEnd(api: SommelierClient, id: string): Promise<TrainingRun> {
  for await (const answer of api.followRun(id)) {
    const event = checkedAnswer(api, runEventSchema, answer);
    if (event.type === 'end') return event.run;
  }
  throw new Error(`What happens to the run ${id} was not told to its end.`);
}

/** What came of it: outcome and reason, what it means, and each difference on a line. */
export function verificationText({ id, status, error, verification }: TrainingRun): string {
  if (verification === null) return `Run ${id} ${status}: ${error?.detail ?? 'it came to no outcome'}`;
  const { outcome, reason, detail, bytes, metrics } = verification;
  return [
    reason === null ? outcome : `${outcome}: ${reason}`,
    detail,
    ...(bytes === null ? [] : [`  sha256 ${bytes.recorded} is now ${bytes.now}`]),
    ...metrics.map(
      ({ path, recorded, now }) => `  ${path} ${JSON.stringify(recorded)} is now ${JSON.stringify(now)}`,
    ),
  ].join('\n');
}
