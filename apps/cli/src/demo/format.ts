import type { Estimate } from '@sommelier/contracts';

/** A rate in samples a second: `950`, `85k`, `1.2M` */
export function formatRate(perSecond: number): string {
  if (perSecond < 1_000) return perSecond.toFixed(0);
  if (perSecond < 999_500) return `${(perSecond / 1_000).toFixed(0)}k`;
  return `${(perSecond / 1_000_000).toFixed(1)}M`;
}

/** A mean and its 95% interval: `.1234 (.1190-.1278)` */
export function formatEstimate({ mean, low, high }: Estimate): string {
  return `${share(mean)} (${share(low)}-${share(high)})`;
}

function share(value: number): string {
  const text = value.toFixed(4);
  return text.startsWith('0.') ? text.slice(1) : text;
}

/** `3.4 ms`, `120 ms` */
export function formatMs(timeMs: number): string {
  return `${timeMs.toFixed(timeMs < 10 ? 1 : 0)} ms`;
}
