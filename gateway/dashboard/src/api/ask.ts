import { queryOptions } from '@tanstack/react-query';
import { api } from './client.ts';

export type Row = Record<string, unknown>;
type Given = Record<string, string | number>;

/** The answer to a named question of analytics, a row each: `useQuery(ask('series', { hours: 6 }))`. */
export function ask(name: string, given: Given = {}) {
  return queryOptions<Row[]>({
    queryKey: ['ask', name, given],
    queryFn: async ({ signal }) => {
      // What a question takes stands in its own text, not in the routes.
      const query = given as { format?: 'json' };
      const { data } = await api.GET('/api/analytics/queries/{name}', { params: { path: { name }, query }, signal });
      return (data?.rows ?? []).map((row) => Object.fromEntries((data?.columns ?? []).map((column, place) => [column, row[place]])));
    },
  });
}

/** A member of a row that is a number; null where there is none. */
export function figure(row: Row | undefined, name: string): number | null {
  const value = row?.[name];
  return typeof value === 'number' ? value : null;
}
