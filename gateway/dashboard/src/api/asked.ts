import { queryOptions } from '@tanstack/react-query';
import { api } from './client.ts';

export type Given = Record<string, string | number | undefined>;

export interface Asked {
  rows: Record<string, unknown>[];
  truncated: boolean;
}

/** The answer to a named question of analytics, each row under the names of its columns. */
export async function ask(name: string, given: Given, signal?: AbortSignal): Promise<Asked> {
  const init = { params: { path: { name }, query: given as { format?: 'json' } }, ...(signal === undefined ? {} : { signal }) };
  const { data } = await api.GET('/api/analytics/queries/{name}', init);
  const { columns = [], rows = [], truncated = false } = data ?? {};
  return { truncated, rows: rows.map((row) => Object.fromEntries(columns.map((column, place) => [column, row[place]]))) };
}

/** The same for `useQuery`. */
export function asked(name: string, given: Given = {}) {
  return queryOptions({ queryKey: ['analytics', name, given], queryFn: ({ signal }) => ask(name, given, signal) });
}
