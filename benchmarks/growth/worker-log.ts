/** One line of the worker's log: JSON, as pino writes it. */
export interface LogLine {
  readonly pid: number;
  readonly timeMs: number;
  readonly message: string;
}

/** Undefined for what is no line of the log, such as a warning of Node.js. */
export function parseLogLine(text: string): LogLine | undefined {
  try {
    const { pid, time, msg } = JSON.parse(text) as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof time !== 'number' || typeof msg !== 'string') return undefined;
    return { pid, timeMs: time, message: msg };
  } catch {
    return undefined;
  }
}
