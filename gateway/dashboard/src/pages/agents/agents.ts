import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { ask, figure, type Row } from '@/api/ask.ts';
import { api, read } from '@/api/client.ts';
import { useLatest } from '@/live/gathered.ts';
import { agents as announced, registered } from '@/live/latest.ts';
import { type Agent, asked, nextCursor, renewed } from './filters.ts';
import type { Search } from './search.ts';

const PAGE = 100;
const EVERY = 10_000;

/** The agents that a search lets through, page by page, each as it was told last. */
export function useAgents(search: Search) {
  const query = useInfiniteQuery({
    queryKey: ['agents', asked(search)],
    initialPageParam: '',
    queryFn: async ({ pageParam, signal }) => {
      const wanted = { ...asked(search), limit: PAGE, ...(pageParam && { cursor: pageParam }) };
      const { data, response } = await api.GET('/api/agents', { params: { query: wanted }, signal });
      return { items: data ?? [], next: nextCursor(response.headers.get('link')) };
    },
    getNextPageParam: (page) => page.next,
    refetchInterval: EVERY,
    placeholderData: (before) => before,
  });
  const renew = useRenewed();
  return { ...query, agents: query.data?.pages.flatMap(({ items }) => items.map(renew)) };
}

/** Brings what a channel told of an agent into it. */
export function useRenewed(): (agent: Agent) => Agent {
  const queues = useLatest(announced);
  const others = useLatest(registered);
  return (agent) => renewed(agent, (agent.origin === 'announced' ? queues : others).get(agent.id)?.value);
}

export function useAgent(id: string) {
  const query = useQuery({ ...read('/api/agents/{id}', { params: { path: { id } } }), refetchInterval: EVERY });
  return { query, renew: useRenewed() };
}

/** How an agent did over the last day. */
export interface Day {
  done: number | null;
  average: number | null;
  success: number | null;
}

const NOTHING: Day = { done: 0, average: null, success: null };
const UNKNOWN: Day = { done: null, average: null, success: null };

/** How each agent did over the last day; all figures are null where analytics does not answer. */
export function useDays(): (agent: Agent) => Day {
  const queues = useQuery({ ...ask('queues', { hours: 24 }), refetchInterval: 15_000 });
  const own = useQuery({ ...ask('agents', { hours: 24 }), refetchInterval: 15_000 });
  return ({ origin, id }) => {
    const [rows, key] = origin === 'announced' ? [queues.data, 'queue'] : [own.data, 'agent'];
    if (rows === undefined) return UNKNOWN;
    const row = rows.find((each) => each[key] === id);
    return row === undefined ? NOTHING : dayOf(row);
  };
}

function dayOf(row: Row): Day {
  return { done: figure(row, 'completed'), average: figure(row, 'response_p50'), success: figure(row, 'success_rate') };
}

/** The functions of running tasks by their ids: statuses name ids alone. */
export function useRunning(): ReadonlyMap<string, string> {
  const query = { state: 'running', limit: 100 } as const;
  const { data } = useQuery({ ...read('/api/tasks', { params: { query } }), refetchInterval: 3_000 });
  const rows = (data?.items ?? []) as { id: string; function: string }[];
  return new Map(rows.map((row) => [row.id, row.function]));
}
