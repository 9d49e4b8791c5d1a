/** One line of the worker's log: JSON, as pino writes it. */
export interface LogLine {
  readonly pid: number;
  readonly timeMs: number;
  readonly message: string;
  /** The run that it is about, where it says so. */
  readonly runId?: string;
}

const JOB_OF_A_RUN = /^run-(.+)$/;

/** Undefined for what is no line of the log, such as a warning of Node.js. */
export function parseLogLine(text: string): LogLine | undefined {
  try {
    const { pid, time, msg, runId, jobId } = JSON.parse(text) as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof time !== 'number' || typeof msg !== 'string') return undefined;
    const run = typeof runId === 'string' ? runId : JOB_OF_A_RUN.exec(String(jobId))?.[1];
    return { pid, timeMs: time, message: msg, ...(run !== undefined && { runId: run }) };
  } catch {
    return undefined;
  }
}
