import { expect, it } from 'vitest';
import { cell, drawable, figure, span } from './cells.ts';
import { remembered } from './kept.ts';
import { filled, writtenAs } from './reports.ts';

const one = (sql: string) => ({ sql, at: 1, rows: 1 });

it('tells what is not there from an empty text', () => {
  expect([null, '', 0, false, [1], { a: null }].map(cell)).toEqual(['NULL', '', '0', 'false', '[1]', '{"a":null}']);
});

it('draws only columns of numbers, and no NaN', () => {
  expect(drawable([['a', 1, null, '2'], ['b', null, null, '3.5']], 4)).toEqual([1, 3]);
  expect([figure('x'), figure(true), figure(''), figure('1e3'), figure('inf')]).toEqual([null, null, null, 1000, null]);
  expect([span([]), span([3, 5]), span([-2])]).toEqual([{ low: 0, high: 1 }, { low: 0, high: 5 }, { low: -2, high: 0 }]);
});

it('remembers a statement once, the newest first, and fifty of them', () => {
  expect(remembered([one('a'), one('b ')], one('b')).map(({ sql }) => sql)).toEqual(['b', 'a']);
  expect(remembered(Array.from({ length: 60 }, (_, place) => one(`s${place}`)), one('new'))).toHaveLength(50);
});

it('shows the minutes in which nothing ended, and no more than the window', () => {
  const now = Date.parse('2026-01-01T01:00:30Z');
  const rows = filled([['2026-01-01T00:30:00Z', 4, 1, 2.5], ['2026-01-01T00:32:00Z', 1, 0, null]], 1, now);
  expect(rows.length).toBe(60);
  expect(rows.slice(29, 32).map((row) => row.slice(1))).toEqual([[4, 1, 2.5], [0, 0, null], [1, 0, null]]);
  expect(filled([], 1, now)).toEqual([]);
});

it('writes each figure of a trend in its own unit', () => {
  expect([writtenAs('error_rate', 'figure'), writtenAs(2.5, 'own', 'error_rate'), writtenAs(950, 'own', 'run_mean'), writtenAs(null, 'own', 'usd'), writtenAs(null, 'real')]).toEqual(['Error rate', '2.5 %', '950 ms', '–', 'not known']);
});
