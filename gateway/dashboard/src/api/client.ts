import { type Query, QueryClient, queryOptions } from '@tanstack/react-query';
import createClient, { type ClientPathsWithMethod, type MaybeOptionalInit } from 'openapi-fetch';
import { compare } from './clock.ts';
import { Failure, failure, Unreachable } from './failure.ts';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** Every route of the gateway with its types. Use `read` for what is shown, this for what changes something. */
export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? '' });

api.use({
  async onResponse({ response }) {
    compare(response.headers.get('date'));
    if (!response.ok) throw await failure(response);
  },
  onError({ error }) {
    return error instanceof Failure ? error : new Unreachable(error);
  },
});

type Readable = ClientPathsWithMethod<typeof api, 'get'>;
export type Answer<P extends Readable> = paths[P]['get'] extends { responses: { 200: { content: { 'application/json': infer T } } } }
  ? T
  : unknown;

/** What a page reads: `useQuery(read('/api/tasks/{id}', { params: { path: { id } } }))`. */
export function read<P extends Readable>(path: P, init?: MaybeOptionalInit<paths[P], 'get'>) {
  return queryOptions<Answer<P>>({
    queryKey: [path, init ?? null],
    queryFn: async ({ signal }) => {
      // The types of a path that is not known yet cannot be followed by the compiler; both ends are typed.
      const get = api.GET as (path: P, init: object) => Promise<{ data?: unknown }>;
      const { data } = await get(path, { ...init, signal });
      return data as Answer<P>;
    },
  });
}

/** Answers of a busy gateway are asked for again when it says so; all other failures are shown at once. */
function retry(count: number, error: Error): boolean {
  return count < 3 && error instanceof Failure && error.busy;
}

/** What is only not there now is asked for again by itself, as long as somebody looks; what is refused is not. */
function later({ state }: Query): number | false {
  const { error, status, fetchFailureCount } = state;
  if (status !== 'error' || !(error instanceof Unreachable || (error instanceof Failure && error.busy))) return false;
  const said = error instanceof Failure ? error.retryAfter : null;
  // All that failed in the same moment must not ask in the same moment.
  return (said ?? Math.min(15_000, 3_000 + 1_000 * fetchFailureCount)) * (1 + Math.random() / 2);
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry,
      retryDelay: (count, error) => (error instanceof Failure && error.retryAfter) || Math.min(8_000, 500 * 2 ** count),
      refetchInterval: later,
      refetchOnWindowFocus: true,
      // The gateway is on this machine more often than not: whether there is a network says nothing.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});
