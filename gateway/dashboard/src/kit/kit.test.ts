import { expect, it } from 'vitest';
import { bytes, counted, number, percent } from './figures.ts';
import { age, duration, moment, ticks } from './time.ts';

it('writes durations with two figures at most', () => {
  expect([0, 0.4, 3.21, 950, 61_500, 3_600_000, 90_000_000].map(duration)).toEqual(['0 ms', '0.40 ms', '3.2 ms', '950 ms', '1 min 2 s', '1 h', '1 d 1 h']);
});

it('never shows what was not measured as 0', () => {
  expect([number(null), percent(undefined), bytes(null)]).toEqual(['–', '–', '–']);
  expect([number(0), percent(0.04), bytes(1536), counted(1, 'task')]).toEqual(['0', '0.04 %', '1.5 KiB', '1 task']);
});

it('takes a clock that runs ahead for no age', () => {
  expect(age(5_000, 1_000)).toBe('now');
});

it('writes the day only where it is not today', () => {
  const noon = new Date('2026-11-24T12:00:00Z');
  expect(moment('2026-11-24T11:02:03Z', 'utc', noon)).toBe('11:02:03 UTC');
  expect(moment('2026-11-20T11:02:03Z', 'utc', noon)).toBe('2026-11-20 11:02:03 UTC');
  expect(moment('nonsense', 'utc', noon)).toBe('nonsense');
});

it('marks of time say seconds only where they are near, and the day where it begins anew', () => {
  const at = Date.parse('2026-11-24T23:58:00Z') / 1000;
  expect(ticks([at, at + 10], 'utc')).toEqual(['23:58:00', '23:58:10']);
  expect(ticks([at, at + 60, at + 120], 'utc')).toEqual(['23:58', '23:59', '00:00\n11-25']);
  expect(ticks([at, at + 86_400], 'utc')).toEqual(['11-24', '11-25']);
});
