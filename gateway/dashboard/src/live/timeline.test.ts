import { expect, it } from 'vitest';
import { Series } from './series.ts';
import { continued, stepOf, timeline } from './timeline.ts';

const NOW = Date.parse('2030-01-01T12:00:00Z');
const at = (minute: number) => `2030-01-01T11:${String(minute).padStart(2, '0')}:00Z`;

it('has a hole where nothing ended, and covers the whole time', () => {
  const rows = [10, 11, 30].map((minute) => ({ starts_at: at(minute), p50: minute }));
  const { columns } = timeline(rows, 1, [(row) => row['p50'] as number], NOW);
  expect(columns[1]).toEqual([null, null, 10, 11, null, 30, null]);
  expect(columns[0].at(-1)! - columns[0][0]!).toBe(3_600);
});

it('goes on with what comes live, and does not tell a time twice', () => {
  const history = timeline([58, 59].map((minute) => ({ starts_at: at(minute), cpu: minute })), 1, [(row) => row['cpu'] as number], NOW);
  const tail = new Series(1);
  for (const second of [-90, -60, -30, 0]) tail.push(NOW / 1_000 + second, second);
  const { columns } = continued(history, tail);
  expect(columns[1]).toEqual([null, null, 58, 59, -30, 0]);
  expect(continued(history, new Series(1)).columns).toEqual(history.columns);
});

it('steps as the question does', () => {
  expect([1, 6, 24, 168].map(stepOf)).toEqual([60, 360, 1440, 10_800]);
});
