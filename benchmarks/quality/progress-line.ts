import type { TrainingObserver } from './epoch-search.ts';

const REDRAW_MS = 250;

/** Prints a line for each epoch, and on a terminal a line that follows the samples. */
export function progressLine(output: NodeJS.WriteStream): TrainingObserver {
  let epochStart = performance.now();
  let lastDraw = 0;
  const clear = () => {
    if (output.isTTY) output.write('\r\u001b[K');
  };
  return {
    progress(phase, epoch, { samples, totalSamples, loss }) {
      const now = performance.now();
      if (!output.isTTY || now - lastDraw < REDRAW_MS) return;
      lastDraw = now;
      const rate = samples / Math.max(1e-3, (now - epochStart) / 1000);
      clear();
      output.write(
        `${phase} epoch ${epoch + 1}  ${Math.round((100 * samples) / totalSamples)} %  ` +
          `${Math.round(rate / 1000)}k samples/s  loss ${loss.toFixed(4)}`,
      );
    },
    epochDone(phase, epoch, { loss, samples, seconds, validation }) {
      const metrics = validation
        ? `  validation HR@10 ${validation.hr10.toFixed(4)}  NDCG@10 ${validation.ndcg10.toFixed(4)}`
        : '';
      clear();
      output.write(
        `${phase.padEnd(8)} epoch ${String(epoch + 1).padStart(2)}  loss ${loss.toFixed(4)}${metrics}  ` +
          `${seconds.toFixed(1)} s, ${Math.round(samples / seconds / 1000)}k samples/s
`,
      );
      epochStart = performance.now();
    },
    pretrained(phase, unobservedWeight, seconds) {
      clear();
      output.write(
        `${phase.padEnd(8)} GMF branch pre-trained, weight of absent pairs ${unobservedWeight}  ${seconds.toFixed(1)} s\n`,
      );
      epochStart = performance.now();
    },
  };
}
