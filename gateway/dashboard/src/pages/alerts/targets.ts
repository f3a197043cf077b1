import { queryOptions } from '@tanstack/react-query';
import { api, queries } from '@/api/client.ts';
import { Failure } from '@/api/failure.ts';
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

interface Change {
  name: string;
  /** The target as it was when somebody began to change it. */
  before: Target | undefined;
  /** The list as it was then. */
  etag: string | null;
}

/** Put a target, unless somebody else has changed it meanwhile. */
export function put(target: Target, change: Change): Promise<unknown> {
  const params = { path: { name: target.name } };
  return unlessChanged(change, (headers) => api.PUT('/api/monitoring/notifications/{name}', { params, body: target, headers }));
}

/** Delete a target, unless somebody else has changed it meanwhile. One that is gone already is well. */
export async function remove(change: Change): Promise<void> {
  const params = { path: { name: change.name } };
  try {
    await unlessChanged(change, (headers) => api.DELETE('/api/monitoring/notifications/{name}', { params, headers }));
  } catch (error) {
    if (!(error instanceof Failure && error.status === 404)) throw error;
  }
}

export function outdated(error: unknown): boolean {
  return error instanceof Failure && error.status === 412;
}

/** The revision is of the whole list: where another target was changed, it is tried once more with the newest. */
async function unlessChanged({ name, before, etag }: Change, send: (headers: Record<string, string>) => Promise<unknown>): Promise<unknown> {
  try {
    return await send(match(etag));
  } catch (error) {
    if (!outdated(error)) throw error;
    const now = await queries.fetchQuery({ ...targets, staleTime: 0 });
    const own = now.all.find((each) => each.name === name);
    if (JSON.stringify(own) !== JSON.stringify(before)) throw error;
    return send(match(now.etag));
  }
}

function match(etag: string | null): Record<string, string> {
  return etag === null ? {} : { 'If-Match': etag };
}
