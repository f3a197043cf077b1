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
export function timeline(told: readonly Row[], hours: number, lines: readonly ((row: Row) => number | null)[], now = Date.now()): Series {
  const series = new Series(lines.length);
  const nothing = lines.map(() => null);
  const step = stepOf(hours);
  const [first] = told;
  // The first step may begin before the time does.
  const start = Math.min(now / 1_000 - hours * 3_600, first === undefined ? Number.POSITIVE_INFINITY : here(String(first['starts_at'])) / 1_000 - 1);
  let last = start;
  series.push(start, ...nothing);
  for (const row of told) {
    const at = here(String(row['starts_at'])) / 1_000;
    if (at - last > step * 1.5) series.push(at - step / 2, ...nothing);
    series.push(at, ...lines.map((line) => line(row)));
    last = at;
  }
  series.push(Math.max(now / 1_000, last + 1), ...nothing);
  return series;
}

function rows({ columns: [times, ...lines] }: Series) {
  return times.map((time, row) => [time, ...lines.map((line) => line[row] ?? null)] as const);
}

/** What came live goes on where the history ends; without the hole that a history ends with. */
export function continued(history: Series, tail: Series): Series {
  const [times, ...lines] = history.columns;
  const known = times.length - 2;
  const series = new Series(lines.length, times.length + tail.length);
  const after = times[known] ?? 0;
  const more = rows(tail).filter(([time]) => time > after);
  for (const [time, ...row] of [...rows(history).slice(0, more.length > 0 ? known + 1 : times.length), ...more]) series.push(time, ...row);
  return series;
}
