import type { Row } from '@/api/ask.ts';
import { here } from '@/api/clock.ts';
import { Series } from './series.ts';

const STEPS = 60;
const UNITS: readonly [hours: number, seconds: number][] = [
  [24, 60],
  [192, 3_600],
];
const DAY = 86_400;

/** Seconds between two rows of the question `series`. */
export function stepOf(hours: number): number {
  const unit = UNITS.find(([most]) => hours <= most)?.[1] ?? DAY;
  return Math.max(unit, Math.ceil((hours * 3_600) / STEPS / unit) * unit);
}

/** The rows of the question `series` as lines over the whole of a time: where nothing ended, a line has a hole. */
export function timeline(rows: readonly Row[], hours: number, lines: readonly ((row: Row) => number | null)[], now = Date.now()): Series {
  const series = new Series(lines.length);
  const nothing = lines.map(() => null);
  const step = stepOf(hours);
  const [first] = rows;
  // The first step may begin before the time does.
  const start = Math.min(now / 1_000 - hours * 3_600, first === undefined ? Number.POSITIVE_INFINITY : here(String(first['starts_at'])) / 1_000 - 1);
  let last = start;
  series.push(start, ...nothing);
  for (const row of rows) {
    const at = here(String(row['starts_at'])) / 1_000;
    if (at - last > step * 1.5) series.push(at - step / 2, ...nothing);
    series.push(at, ...lines.map((line) => line(row)));
    last = at;
  }
  series.push(Math.max(now / 1_000, last + 1), ...nothing);
  return series;
}
