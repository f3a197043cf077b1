import { expect, test } from 'vitest';
import { duration } from '@/kit/time.ts';
import { throughput, together } from './charts.ts';
import { compared, comparedPercent } from './compared.ts';

test('a figure is told beside the one before it', () => {
  expect(compared(150, 100, '6h', duration)).toBe('▲ 50 % · 6h before: 100 ms');
  expect(compared(75, 100, '1h', duration)).toBe('▼ 25 % · 1h before: 100 ms');
  expect(compared(5, 0, '1h', duration)).toBe('▲ 1h before: 0 ms');
  expect(compared(100.2, 100, '1h', duration)).toBe('as 1h before');
  expect(compared(5, null, '1h', duration)).toBe('');
  expect(comparedPercent(2, 1, '7d')).toBe('▲ 7d before: 1 %');
  expect(comparedPercent(1.04, 1.01, '7d')).toBe('as 7d before');
});

test('a minute that has just begun is not a minute without work', () => {
  const now = Date.parse('2030-01-01T12:00:20Z');
  const rate = (starts: string, finished: number) => throughput(1, now)({ starts_at: starts, finished });
  expect(rate('2030-01-01T11:58:00Z', 6)).toBe(6);
  expect(rate('2030-01-01T12:00:00Z', 2)).toBe(6);
  expect(rate('2030-01-01T12:00:10Z', 2)).toBeNull();
  // The range begins 20 s into this one.
  expect(rate('2030-01-01T11:00:00Z', 4)).toBe(6);
});

test('hosts are put together, and what was not measured stays unknown', () => {
  const at = '2030-01-01T11:58:00Z';
  const rows = [
    { starts_at: at, host: 'a', cpu_mean: 10, memory_mean: 20, disk_max: 30, sent: 5, received: null },
    { starts_at: at, host: 'b', cpu_mean: 30, memory_mean: 20, disk_max: 70, sent: 6, received: null },
  ];
  expect(together(rows)).toEqual([{ starts_at: at, cpu: 20, memory: 20, disk: 70, received: null, sent: 11 }]);
});
