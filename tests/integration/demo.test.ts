import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gateVerdictSchema, manifestSchema } from '@sommelier/contracts';
import { z } from 'zod';

const MAIN = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
const TEST_TIMEOUT_MS = 240_000;
const LONGEST_CLEAN_UP_MS = 30_000;

const reportSchema = z.object({
  addresses: z.object({
    apis: z.array(z.string()).length(2),
    recommendations: z.string(),
    topN: z.string(),
    jobBoard: z.string(),
    health: z.string(),
  }),
  credentials: z.object({ user: z.literal('admin'), password: z.string().min(12) }),
  redis: z.object({ kind: z.enum(['given', 'started', 'embedded']), url: z.string() }),
  data: z.object({ stored: z.number().positive() }).loose(),
  model: z.object({ version: z.string(), counts: manifestSchema.shape.counts, sizeBytes: z.number() }),
  refused: z.object({ status: z.string(), gate: gateVerdictSchema.nullable(), rollback: z.unknown() }),
  timings: z.record(z.string(), z.number()),
  firstRecommendationSeconds: z.number().positive(),
  metrics: manifestSchema.shape.metrics,
  funnel: manifestSchema.shape.funnel,
  engine: manifestSchema.shape.engine,
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sommelier-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the demo with a temporary folder of the test's own, in which whatever it leaves is seen. */
function startDemo(args: readonly string[], environment: Record<string, string> = {}) {
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const child = spawn(process.execPath, [MAIN, 'demo', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, TMPDIR: temporary, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const waiting: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
      for (const check of [...waiting]) check();
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    ended,
    temporary,
    output: () => output,
    until: (pattern: RegExp) =>
      Promise.race([
        new Promise<void>((resolve) => {
          const check = (): void => {
            if (pattern.test(output)) resolve();
          };
          waiting.push(check);
          check();
        }),
        ended.then((code) => {
          if (!pattern.test(output))
            throw new Error(`the demo ended with ${code} before ${pattern}:\n${output}`);
        }),
      ]),
  };
}

/** Processes whose command line or environment names the test's folder: whatever belongs to its demo. */
function processesOf(marker: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const about = ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
        return about.some((text) => text.includes(marker)) ? [about[0]!.replaceAll('\0', ' ')] : [];
      } catch {
        return [];
      }
    });
}

async function untilGone(marker: string): Promise<string[]> {
  const deadline = Date.now() + LONGEST_CLEAN_UP_MS;
  let left = processesOf(marker);
  while (left.length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    left = processesOf(marker);
  }
  return left;
}

describe('sommelier demo', () => {
  it(
    '--once --json shows everything, reports it, ends with 0 and leaves nothing',
    async () => {
      const file = join(folder, 'out.json');
      const demo = startDemo(['--once', '--json', file, '--visitors', '600']);
      expect([await demo.ended, demo.output()]).toEqual([0, expect.stringContaining('Recommendations')]);
      const report = reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
      expect(report.redis.kind).toBe('started');
      expect(Object.keys(report.timings)).toEqual([
        'redis',
        'migrate',
        'generate',
        'import',
        'start',
        'train',
        'reload',
        'recommend',
        'visit',
        'bad',
        'rollback',
      ]);
      expect(report.refused).toEqual({
        status: 'rejected',
        gate: expect.objectContaining({ outcome: 'rejected' }),
        rollback: expect.objectContaining({ sameAnswer: true }),
      });
      expect(demo.output()).toContain(report.credentials.password);
      expect(demo.output()).toContain('both replicas gave the same answers');
      expect(demo.output()).toContain('newcomer looks at');
      expect(processesOf(folder)).toEqual([]);
      expect(readdirSync(demo.temporary)).toEqual([]);
      expect(readdirSync(folder).sort()).toEqual(['out.json', 'tmp']);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'runs on the embedded Redis and its own events.csv, serves until Ctrl-C, and cleans up',
    async () => {
      const path = join(folder, 'bin');
      mkdirSync(path);
      const events = join(folder, 'events.csv');
      writeFileSync(events, checkerboardEvents());
      const file = join(folder, 'out.json');
      const demo = startDemo(['--events', events, '--json', file], { PATH: path });
      await demo.until(/Ctrl-C stops everything/);
      const report = reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
      expect(report.redis.kind).toBe('embedded');
      const answers = await Promise.all(
        report.addresses.apis.map(async (url) =>
          (await fetch(`${url}/v1/users/u1/recommendations?n=3`)).json(),
        ),
      );
      expect(answers[0]).toMatchObject({
        strategy: 'personalized',
        model: { version: report.model.version },
      });
      expect(answers[1]).toEqual(answers[0]);
      const { user, password } = report.credentials;
      const login = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
      expect((await fetch(report.addresses.jobBoard)).status).toBe(401);
      expect((await fetch(report.addresses.jobBoard, { headers: { Authorization: login } })).status).toBe(
        200,
      );
      demo.child.kill('SIGINT');
      expect(await demo.ended).toBe(0);
      expect(processesOf(folder)).toEqual([]);
      expect(readdirSync(demo.temporary)).toEqual([]);
      await expect(fetch(report.addresses.health)).rejects.toThrow();
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'stopped in the middle, it ends with 130 and leaves nothing',
    async () => {
      const demo = startDemo(['--once', '--visitors', '600']);
      await demo.until(/Processes/);
      demo.child.kill('SIGTERM');
      expect(await demo.ended).toBe(130);
      expect(processesOf(folder)).toEqual([]);
      expect(readdirSync(demo.temporary)).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'killed, it takes its processes with it',
    async () => {
      const demo = startDemo(['--once', '--visitors', '600']);
      await demo.until(/Processes/);
      expect(processesOf(folder).length).toBeGreaterThanOrEqual(4);
      demo.child.kill('SIGKILL');
      await demo.ended;
      expect(await untilGone(folder)).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it('refuses before any work what cannot be written or read', async () => {
    const nowhere = join(folder, 'no', 'such', 'folder', 'out.json');
    for (const args of [
      ['--json', nowhere],
      ['--json', dirname(folder)],
      ['--events', nowhere],
      ['--visitors', '12'],
      ['--port', '0'],
    ]) {
      const demo = startDemo(['--once', ...args]);
      expect(await demo.ended).toBeGreaterThan(0);
      expect(demo.output()).toMatch(/error/);
      expect(existsSync(nowhere)).toBe(false);
      expect(readdirSync(demo.temporary)).toEqual([]);
    }
  }, 120_000);
});

/** Two groups of users, each of which looks at its own half of the items: a log in RetailRocket's form. */
function checkerboardEvents(): string {
  const rows = ['timestamp,visitorid,event,itemid,transactionid'];
  for (let user = 0; user < 60; user++) {
    for (let step = 0; step < 8; step++) {
      const item = 2 * ((user * 7 + step * (1 + (user % 5))) % 20) + (user % 2);
      rows.push(`${1_433_000_000_000 + user * 60_000 + step * 1_000},u${user},view,i${item},`);
    }
  }
  return `${rows.join('\n')}\n`;
}
