import { expect, it } from 'vitest';
import { extent, type Member, rows, runs } from './spans.ts';

const member = (id: string, more: Partial<Member> = {}): Member => ({
  id, function: 'text.shout', state: 'completed', attempts: 1, submitted: 0, started: 5, finished: 10, parent: null, marks: [], ...more,
});

it('draws each attempt, and no beginning that nobody told', () => {
  const marks = [{ kind: 'retry', attempt: 1, at: 3 }, { kind: 'started', attempt: 2, at: 4 }, { kind: 'retry', attempt: 2, at: 6 }];
  expect(runs(member('a', { attempts: 3, started: 8, state: 'failed', marks }), 99)).toEqual([
    { attempt: 1, from: 3, to: 3, state: 'retried' },
    { attempt: 2, from: 4, to: 6, state: 'retried' },
    { attempt: 3, from: 8, to: 10, state: 'failed' },
  ]);
});

it('lets what runs go on until now, and draws nothing of what waits', () => {
  expect(runs(member('a', { state: 'running', finished: null }), 50)[0]).toMatchObject({ from: 5, to: 50 });
  expect(runs(member('a', { state: 'queued', started: null, finished: null }), 50)).toEqual([]);
});

it('puts children under their parents as they were submitted, and lives with a circle', () => {
  const family = [member('top', { parent: 'b' }), member('b', { parent: 'top', submitted: 2 }), member('a', { parent: 'top', submitted: 1 }), member('aa', { parent: 'a', submitted: 3 })];
  expect(rows(family, 'top', 99).map(({ id, depth }) => `${depth}${id}`)).toEqual(['0top', '1a', '2aa', '1b']);
});

it('puts children of one millisecond in the order of their ids', () => {
  const family = [member('top'), ...['c', 'a', 'b'].map((id) => member(id, { parent: 'top' }))];
  expect(rows(family, 'top', 99).map(({ id }) => id)).toEqual(['top', 'a', 'b', 'c']);
});

it('lays out 20,000 tasks at once', () => {
  const many = Array.from({ length: 20_000 }, (_, place) => member(`t${place}`, { parent: place === 0 ? null : `t${Math.floor((place - 1) / 3)}` }));
  expect(rows(many, 't0', 99)).toHaveLength(20_000);
  expect(extent(rows(many, 't0', 99), 99)).toEqual({ from: 0, to: 10 });
});
