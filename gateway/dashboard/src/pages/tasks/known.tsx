import { useQuery } from '@tanstack/react-query';
import { read, type Schemas } from '@/api/client.ts';
import { EmptyState } from '@/kit/states.tsx';

export const ENDED = new Set(['completed', 'failed', 'canceled', 'rejected']);

/** Whether its result is no longer kept: only its row in analytics tells of it. */
export function past({ state, result }: Schemas['TaskView']): boolean {
  return ENDED.has(state) && (result === undefined || result === null);
}

/** What is known of one task. One that has ended changes no more, unless it is tried again. */
export function useTask(id: string, enabled = true) {
  return useQuery({
    enabled,
    ...read('/api/tasks/{id}', { params: { path: { id } } }),
    refetchInterval: ({ state }) => (state.data !== undefined && ENDED.has(state.data.state) ? false : 2_000),
    refetchOnWindowFocus: false,
  });
}

/** Where a detail has nothing to say. */
export function Nothing({ children }: { children: string }) {
  return <EmptyState>{children}</EmptyState>;
}
