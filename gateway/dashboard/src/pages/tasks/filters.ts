import type { Schemas } from '@/api/client.ts';
import type { Range, Search } from './search.ts';

const HOUR = 3_600_000;
const LENGTHS: Record<Range, number> = { '1h': HOUR, '6h': 6 * HOUR, '24h': 24 * HOUR, '7d': 168 * HOUR };

/** Whether anything is narrowed. */
export function narrowed(search: Search): boolean {
  return Object.values(search).some((value) => value !== undefined);
}

export interface Span {
  since?: string | undefined;
  until?: string | undefined;
}

/** The time that the list is of; nothing where it is of all times. */
export function span({ range, since, until }: Search, now: number): Span {
  return range === undefined ? { since, until } : { since: new Date(now - LENGTHS[range]).toISOString() };
}

/** The time that the histogram is of: the last day where nothing is said. */
export function drawn(search: Search, now: number): { since: number; until: number } {
  const { since, until } = span(search, now);
  const end = until === undefined ? now : Date.parse(until);
  return { since: since === undefined ? end - LENGTHS['24h'] : Date.parse(since), until: end };
}

/** The filters as the routes take them, without the time. */
export function plain({ state, queue, function: name, priority, agent, text: words }: Search) {
  return { state, queue, function: name, priority, agent, text: words };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the members that are not given. */
export function given<T extends object>(all: T): Given<T> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** What a change of many is for: those that were picked, or all that the filters take. */
export function selection(search: Search, ids: readonly string[] | null, now: number): Schemas['Selection'] {
  const said = ids === null ? given({ ...plain(search), ...span(search, now) }) : { ids: [...ids] };
  // What is left out has its default; the type is that of what is read, with all of it.
  return said as Schemas['Selection'];
}
