import { expect, test } from 'vitest';
import type { Schemas } from '@/api/client.ts';
import { remarks, sentence } from './sentence.ts';

const WHOLE: Schemas['Overview'] = {
  health: 'healthy',
  workers: 2,
  running: 1,
  queued: 0,
  unserved: 0,
  dead_letters: 0,
  throughput: 5,
  error_rate: 4,
  timestamp: '2030-01-31T12:00:00Z',
};
const HOSTS = [{ host: 'node-1', disk_usage: 96 }];

test('what rings comes first, and nothing is said twice', () => {
  const rings = [
    { rule: 'error_rate', severity: 'warning', summary: 'tasks fail: 4 %' },
    { rule: 'cpu', severity: 'critical', summary: 'CPU of node-1 is at 97 %.' },
    { rule: 'told', severity: 'info', summary: 'just so' },
  ] as const;
  expect(sentence(remarks(WHOLE, [], HOSTS, rings))).toBe('CPU of node-1 is at 97 %; the disk of node-1 is 96 % full; tasks fail: 4 %.');
});

test('where nothing rings its own eyes tell', () => {
  expect(sentence(remarks(WHOLE, [], [], []))).toBe('4 % of the last hour\'s tasks failed.');
  expect(sentence(remarks({ ...WHOLE, error_rate: 0 }, [], [], []))).toBe('All is well: 2 workers, 1 task running.');
});
