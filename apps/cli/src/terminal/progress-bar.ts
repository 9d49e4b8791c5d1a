import cliProgress from 'cli-progress';
import pc from 'picocolors';

export interface ProgressBar {
  /** @param note what stands behind the bar, such as rows and rate */
  update(done: number, note: string): void;
  stop(): void;
}

/** A bar on standard error; where that is not a terminal, nothing is drawn. */
export function progressBar(label: string, total: number): ProgressBar {
  const bar = new cliProgress.SingleBar(
    {
      format: `${label} ${pc.cyan('{bar}')} {percentage}% {note}`,
      stream: process.stderr,
      formatBar: cliProgress.Format.BarFormat,
      hideCursor: true,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(Math.max(total, 1), 0, { note: '' });
  return {
    update: (done, note) => bar.update(Math.min(done, Math.max(total, 1)), { note }),
    stop: () => bar.stop(),
  };
}
