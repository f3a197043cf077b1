import { expect, it } from 'vitest';
import { admitted, deepened, ended, NOTHING, received, type Row } from './feed.ts';

const row = (id: string, state = 'queued'): Row => ({ id, state, function: 'text.shout' });
const ids = (rows: readonly Row[]) => rows.map(({ id }) => id).join(' ');

it('moves no row while it is held: known ones change in place, new ones wait', () => {
  const shown = received(NOTHING, [row('b'), row('a')], true);
  const later = received(shown, [row('c'), row('b', 'running'), row('a')], true);
  expect([ids(later.rows), ids(later.fresh), later.rows[0]?.state]).toEqual(['b a', 'c', 'running']);
  expect(ids(admitted(later).rows)).toBe('c b a');
});

it('shows the newest page at once where nobody reads', () => {
  const later = received(received(NOTHING, [row('a')], false), [row('b'), row('a')], false);
  expect([ids(later.rows), later.fresh]).toEqual(['b a', []]);
});

it('keeps older pages below, each task once', () => {
  const deep = deepened(received(NOTHING, [row('d'), row('c')], false), [row('c'), row('b')]);
  expect(ids(deep.rows)).toBe('d c b');
  expect(ids(received(deep, [row('e'), row('d')], false).rows)).toBe('e d c b');
});

it('hears how a task ended, and renders nothing for those it does not show', () => {
  const feed = received(NOTHING, [row('a')], false);
  expect(ended(feed, new Map([['x', { state: 'failed' }]]))).toBe(feed);
  expect(ended(feed, new Map([['a', { state: 'failed' }]])).rows[0]?.state).toBe('failed');
});
