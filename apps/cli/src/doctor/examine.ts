import {
  type DataConfig,
  type DataFinding,
  type Funnel,
  isSommelierError,
  type SommelierError,
} from '@sommelier/contracts';
import { checkData, preparationFinding, prepare } from '@sommelier/ncf';
import type { LogToCheck } from './log-source.ts';

export interface Examination {
  readonly source: string;
  readonly level: DataFinding['level'];
  readonly findings: readonly DataFinding[];
  /** As far as the preparation came; null when it did not begin. */
  readonly funnel: Funnel | null;
}

const REFUSALS = ['no-events', 'all-filtered', 'too-few-interactions'];

/** All checks, and what the preparation of a training run would make of the log. Nothing is changed. */
export function examine(log: LogToCheck, config: DataConfig): Examination {
  const { columns, window, newestStoredMs, incumbentItems, stored } = log;
  const checked = checkData({
    ...{ columns, window, config, newestStoredMs, incumbentItems },
    namesUsers: true,
  });
  let funnel: Funnel | null = null;
  let preparation: DataFinding;
  try {
    const onRefused = (refused: Funnel): void => {
      funnel = refused;
    };
    funnel = prepare(columns, config, { ...window, stored, onRefused }).funnel;
    preparation = preparationFinding(funnel);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    preparation = {
      level: 'fail',
      code: 'preparation',
      text: `[${error.code}] ${error.message}`,
      figures: {},
    };
  }
  const findings = [...log.findings, ...checked, preparation];
  return { source: log.name, level: worstOf(findings), findings, funnel };
}

/** What a log without a single event amounts to. */
export function nothingToExamine(source: string, error: SommelierError): Examination {
  const text = `[${error.code}] ${error.message}`;
  return {
    source,
    level: 'fail',
    findings: [{ level: 'fail', code: 'volume', text, figures: {} }],
    funnel: null,
  };
}

export function isRefusal(error: unknown): error is SommelierError {
  return isSommelierError(error) && REFUSALS.includes(error.code);
}

function worstOf(findings: readonly DataFinding[]): DataFinding['level'] {
  const has = (level: DataFinding['level']) => findings.some((finding) => finding.level === level);
  return has('fail') ? 'fail' : has('warn') ? 'warn' : 'ok';
}
