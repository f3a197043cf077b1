import { percent } from '@/kit/figures.ts';
import type { Range } from './ranges.ts';

/** How a figure stands to the one of the period before, in a few words; nothing where one of them was not measured.
 *
 * Percentages are told as they were: that 1 % became 2 % is not 100 % more to anybody. */
export function compared(now: number | null | undefined, before: number | null | undefined, range: Range, told: (value: number) => string): string {
  if (now === null || now === undefined || before === null || before === undefined) return '';
  if (told(now) === told(before)) return `as ${range} before`;
  const sign = now > before ? '▲' : '▼';
  const was = `${range} before: ${told(before)}`;
  const change = Math.round((now / before - 1) * 100);
  return before === 0 || change === 0 || change > 999 ? `${sign} ${was}` : `${sign} ${percent(Math.abs(change))} · ${was}`;
}

/** The same of figures that are in percent already. */
export function comparedPercent(now: number | null | undefined, before: number | null | undefined, range: Range): string {
  if (now === null || now === undefined || before === null || before === undefined) return '';
  if (percent(now) === percent(before)) return `as ${range} before`;
  return `${now > before ? '▲' : '▼'} ${range} before: ${percent(before)}`;
}
