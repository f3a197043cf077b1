import { oneOf, text } from '@/shell/search.ts';

export const STATES = ['queued', 'running', 'completed', 'failed', 'canceled', 'rejected'] as const;
export const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const;
export const RANGES = ['1h', '6h', '24h', '7d'] as const;
export type Range = (typeof RANGES)[number];

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
