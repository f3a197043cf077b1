import type { Schemas } from '@/api/client.ts';
import { oneOf, text } from '@/shell/search.ts';

export const STATES = ['queued', 'running', 'completed', 'failed', 'canceled', 'rejected'] as const;
export const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const;
export const RANGES = ['1h', '6h', '24h', '7d'] as const;
export type Range = (typeof RANGES)[number];

const HOUR = 3_600_000;
const LENGTHS: Record<Range, number> = { '1h': HOUR, '6h': 6 * HOUR, '24h': 24 * HOUR, '7d': 168 * HOUR };

/** What the list is narrowed to; it stands in the URL. */
export interface Search {
  state?: (typeof STATES)[number] | undefined;
  queue?: string | undefined;
  function?: string | undefined;
  priority?: (typeof PRIORITIES)[number] | undefined;
  agent?: string | undefined;
  text?: string | undefined;
  /** Up to now; else `since` and `until`, as brushed. */
  range?: Range | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

export function reads(search: Record<string, unknown>): Search {
  const range = oneOf(search['range'], RANGES);
  return {
    state: oneOf(search['state'], STATES),
    queue: text(search['queue']),
    function: text(search['function']),
    priority: oneOf(search['priority'], PRIORITIES),
    agent: text(search['agent']),
    text: text(search['text']),
    range,
    since: range === undefined ? moment(search['since']) : undefined,
    until: range === undefined ? moment(search['until']) : undefined,
  };
}

function moment(value: unknown): string | undefined {
  const said = text(value);
  return said === undefined || Number.isNaN(Date.parse(said)) ? undefined : said;
}

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
