import { expect, it } from 'vitest';
import { drawn, narrowed, selection, span } from './filters.ts';
import { reads } from './search.ts';

const NOW = Date.parse('2030-01-02T12:00:00Z');

it('takes from an address what it knows and nothing else', () => {
  const search = reads({ state: 'failed', priority: 'urgent', queue: '', since: 'nonsense', text: '<img src=x>' });
  expect(JSON.parse(JSON.stringify(search))).toEqual({ state: 'failed', text: '<img src=x>' });
  expect([narrowed(search), narrowed(reads({}))]).toEqual([true, false]);
});

it('lets a range win over moments, and ends it now', () => {
  const search = reads({ range: '1h', since: '2020-01-01T00:00:00Z' });
  expect(span(search, NOW)).toEqual({ since: '2030-01-02T11:00:00.000Z' });
  expect(drawn(reads({}), NOW)).toEqual({ since: NOW - 86_400_000, until: NOW });
});

it('changes those that were picked, or all that the filters take', () => {
  const search = reads({ state: 'failed', agent: 'bot', since: '2030-01-01T00:00:00Z' });
  expect(selection(search, ['a'], NOW)).toEqual({ ids: ['a'] });
  expect(selection(search, null, NOW)).toEqual({ state: 'failed', agent: 'bot', since: '2030-01-01T00:00:00Z' });
});
