import type { Schemas } from '@/api/client.ts';
import type { Search } from './search.ts';

export type Agent = Schemas['AgentView'];

/** What the gateway is asked for; how it is drawn is not its business. */
export function asked({ text, status, origin, capability }: Search) {
  return { ...(text && { text }), ...(status && { status }), ...(origin && { origin }), ...(capability && { capability }) };
}

export function isFiltered(search: Search): boolean {
  return Object.keys(asked(search)).length > 0;
}

/** Where the next page begins, out of a `Link` header; null on the last one. */
export function nextCursor(link: string | null): string | null {
  const next = /<([^>]*)>; rel="next"/.exec(link ?? '')?.[1];
  return next === undefined ? null : new URLSearchParams(next.split('?')[1]).get('cursor');
}

type Live = Schemas['QueueStatus'];

/** An agent with what was told of it since it was read; what is older than that changes nothing. */
export function renewed(agent: Agent, heard: Live | undefined): Agent {
  if (heard === undefined || Date.parse(heard.updated_at) <= Date.parse(agent.updated_at)) return agent;
  const { queue: _, ...figures } = heard;
  return { ...agent, ...figures };
}
