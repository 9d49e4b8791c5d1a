// Fails when a package that runs in production has a known vulnerability of high or critical severity. Where the
// registry cannot be asked (no network, or a mirror that has no audit) it says so and passes: what is not known is no
// fault of the change.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const TIMEOUT_MS = 120_000;
const GRAVE = ['high', 'critical'];

/**
 * What the report of `npm audit --json` means: `checked: false` with a reason, or the packages with a grave
 * vulnerability, each with its severity and what is known about it.
 */
export function readReport(text) {
  let report;
  try {
    report = JSON.parse(text.slice(text.indexOf('{')));
  } catch {
    return { checked: false, reason: text.trim().slice(0, 200) || 'npm audit said nothing' };
  }
  if (report.vulnerabilities === undefined || report.metadata === undefined) {
    const reason =
      report.error?.summary || report.message || report.error?.code || 'an answer without a report';
    return { checked: false, reason };
  }
  const grave = Object.values(report.vulnerabilities)
    .filter(({ severity }) => GRAVE.includes(severity))
    .map(({ name, severity, via }) => {
      const titles = via.map((cause) => (typeof cause === 'string' ? `through ${cause}` : cause.title));
      return { name, severity, titles: [...new Set(titles)] };
    });
  return { checked: true, grave };
}

function main() {
  const { stdout, stderr, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  const result = error ? { checked: false, reason: error.message } : readReport(stdout || stderr);
  if (!result.checked) {
    console.log(`known vulnerabilities were NOT checked: the registry could not be asked (${result.reason})`);
    return 0;
  }
  for (const { name, severity, titles } of result.grave)
    console.log(`${severity}: ${name}: ${titles.join('; ')}`);
  console.log(`${result.grave.length} packages in production with a high or critical vulnerability`);
  return result.grave.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
