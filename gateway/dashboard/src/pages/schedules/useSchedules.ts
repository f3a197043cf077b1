import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, queries, read } from '@/api/client.ts';
import { toast } from '@/kit/toast.ts';
import { nextCursor, type View } from './plan.ts';
import type { Search } from './search.ts';

const PAGE = 100;
const EVERY = 5_000;

/** Recurring or delayed tasks that a search lets through, page by page. */
export function useSchedules({ tab, shown, text }: Search) {
  const asked = {
    ...(tab === 'once' ? { kind: 'once' as const } : {}),
    ...(tab !== 'once' && shown !== undefined ? { paused: shown === 'paused' } : {}),
    ...(text === undefined ? {} : { text }),
  };
  const query = useInfiniteQuery({
    queryKey: ['schedules', asked],
    initialPageParam: '',
    queryFn: async ({ pageParam, signal }) => {
      const wanted = { ...asked, limit: PAGE, ...(pageParam && { cursor: pageParam }) };
      const { data, response } = await api.GET('/api/schedules', { params: { query: wanted }, signal });
      return { items: data ?? [], next: nextCursor(response.headers.get('link')) };
    },
    getNextPageParam: (page) => page.next,
    refetchInterval: EVERY,
  });
  return { ...query, views: query.data?.pages.flatMap(({ items }) => items) };
}

export function useSchedule(name: string) {
  return useQuery({ ...read('/api/schedules/{name}', { params: { path: { name } } }), refetchInterval: EVERY });
}

/** What was told of schedules is old now. */
export function changed(): Promise<void> {
  return queries.invalidateQueries({ predicate: ({ queryKey: [head] }) => head === 'schedules' || head === '/api/schedules/{name}' || head === '/api/tasks' });
}

export async function paused({ name }: View, to: boolean): Promise<void> {
  const params = { path: { name } };
  await (to ? api.POST('/api/schedules/{name}/pause', { params }) : api.POST('/api/schedules/{name}/resume', { params }));
  toast({ kind: 'ok', text: to ? `${name} is paused.` : `${name} goes on.` });
  await changed();
}

/** Runs it once now; the id of the task. */
export async function run({ name }: View): Promise<string> {
  const { data } = await api.POST('/api/schedules/{name}/run', { params: { path: { name } } });
  toast({ kind: 'ok', text: `${name} runs once: its task is queued.` });
  await changed();
  return data?.id ?? '';
}

export async function remove({ name, revision }: View): Promise<void> {
  await api.DELETE('/api/schedules/{name}', { params: { path: { name } }, headers: { 'If-Match': `"${revision}"` } });
  toast({ kind: 'ok', text: `${name} is deleted.` });
  queries.removeQueries({ queryKey: ['/api/schedules/{name}'] });
  await changed();
}

export async function cancel({ name }: View): Promise<void> {
  await api.DELETE('/api/tasks/{id}', { params: { path: { id: name } } });
  toast({ kind: 'ok', text: `Task ${name} is canceled.` });
  await changed();
}
