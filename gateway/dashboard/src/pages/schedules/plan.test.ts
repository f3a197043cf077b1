import { expect, test } from 'vitest';
import { draftOf, EMPTY, moments, nextCursor, until, type View, written } from './plan.ts';

test('an interval is written in its largest unit and read back', () => {
  const draft = draftOf({ name: 'n', kind: 'every', function: 'a.b', priority: 'low', words: '', every: 7200 } as View);
  expect([draft.every, draft.unit, draft.kind]).toEqual(['2', 'h', 'every']);
  expect(moments(draft)).toEqual({ every: 7200 });
});

test('what is not complete is no plan', () => {
  expect(moments({ ...EMPTY, cron: '  ' })).toBeNull();
  expect(moments({ ...EMPTY, kind: 'every', every: '' })).toBeNull();
  expect(moments({ ...EMPTY, kind: 'at', at: 'soon' })).toBeNull();
  expect(moments({ ...EMPTY, timezone: 'Europe/Berlin' })).toEqual({ cron: '0 9 * * mon-fri', timezone: 'Europe/Berlin' });
});

test('when it comes is short', () => {
  expect(written({ every: 90 } as View)).toBe('every 1 min 30 s');
  expect(written({ cron: '0 3 * * *' } as View)).toBe('0 3 * * * UTC');
});

test('a countdown ends in now', () => {
  expect([until(61_000, 0), until(400, 0), until(0, 5_000)]).toEqual(['in 1 min 1 s', 'now', 'now']);
});

test('the next page is where the header leads', () => {
  expect(nextCursor('</api/schedules?limit=2&cursor=abc>; rel="next"')).toBe('abc');
  expect(nextCursor(null)).toBeUndefined();
});
