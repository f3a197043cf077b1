import { queryOptions } from '@tanstack/react-query';
import { api, queries } from '@/api/client.ts';
import type { Target } from './target.ts';

const KEY = ['/api/monitoring/notifications'];

export interface Targets {
  all: Target[];
  /** Of the whole list: a change goes only where it is the newest. */
  etag: string | null;
}

export const targets = queryOptions({
  queryKey: KEY,
  queryFn: async ({ signal }): Promise<Targets> => {
    const { data, response } = await api.GET('/api/monitoring/notifications', { signal });
    return { all: data ?? [], etag: response.headers.get('etag') };
  },
  refetchInterval: 10_000,
});

export function targetsChanged(): Promise<void> {
  return queries.invalidateQueries({ queryKey: KEY });
}

/** Only where nobody else wrote in between. */
export function match(etag: string | null): Record<string, string> {
  return etag === null ? {} : { 'If-Match': etag };
}
