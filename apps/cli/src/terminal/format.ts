const numbers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1234567` as `1,234,567`. */
export function formatCount(count: number): string {
  return numbers.format(count);
}

/** Seconds with one decimal, or minutes and seconds from two minutes on. */
export function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** `1 epoch`, `3 epochs`; `? epochs` when the run does not say. */
export function formatEpochs(epochs: number | undefined): string {
  return `${epochs ?? '?'} ${epochs === 1 ? 'epoch' : 'epochs'}`;
}
