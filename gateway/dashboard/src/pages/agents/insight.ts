import type { Schemas } from '@/api/client.ts';
import { NONE, number, percent } from '@/kit/figures.ts';
import { duration } from '@/kit/time.ts';

type Interval = readonly (number | null)[] | null;

/** `between([91.2, 98.7], percent)` is `91.2 % to 98.7 %`; what is beyond what was seen says so. */
export function between(interval: Interval, write: (value: number) => string): string {
  if (interval === null) return 'no interval';
  const [low = null, high = null] = interval;
  return `95 %: ${low === null ? 'unknown' : write(low)} to ${high === null ? 'unknown' : write(high)}`;
}

/** `18 of 20` with the interval, or that this is too little to say anything. */
export function madeOf({ count, of, interval, enough }: Schemas['Rate']): string {
  if (of === 0) return 'nothing to count';
  const counts = `${number(count)} of ${number(of)}`;
  return enough ? `${counts} · ${between(interval, percent)}` : `${counts}: too few to say much`;
}

export function points(value: number | null): string {
  if (value === null) return NONE;
  return `${value > 0 ? '+' : ''}${Number(value.toFixed(1))} points`;
}

export function dollars(value: number | null): string {
  if (value === null) return NONE;
  return value === 0 ? '$0' : `$${value < 0.01 ? value.toPrecision(2) : value.toFixed(2)}`;
}

export function time(ms: number | null): string {
  return ms === null ? NONE : duration(ms);
}

const VERDICTS = { better: 'Better', worse: 'Worse', same: 'No more than noise', 'not enough': 'Too few to compare' } as const;

/** How this period stands beside the one before it, in words. */
export function verdict({ verdict: said }: Schemas['Change']): string {
  return VERDICTS[said];
}
