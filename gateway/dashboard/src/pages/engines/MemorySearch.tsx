import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Card } from '@/kit/Card.tsx';
import { counted } from '@/kit/figures.ts';
import { Ago } from '@/kit/Moment.tsx';
import { here } from '@/api/clock.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { duration } from '@/kit/time.ts';

interface Recalled {
  memories: readonly { id: string; namespace: string; text: string; kind: string; created_at: string; score: number; why: { keyword: number | null; semantic: number | null; decay: number } }[];
  semantic: boolean;
  took_ms: number;
  indexed: number;
}

const route = getRouteApi('/engines/$name');
const WAIT = 30;
const MOST = 10;

/** Looks for memories by the very task that everybody uses, with what each score is made of. */
export function MemorySearch() {
  const { query = '' } = route.useSearch();
  const go = route.useNavigate();
  const [text, setText] = useState(query);
  const found = useQuery({
    queryKey: ['recall', query],
    queryFn: ({ signal }) => recall(query, signal),
    enabled: query !== '',
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  return (
    <Card title="Search the memories" aside={found.data && `${counted(found.data.indexed, 'memory', 'memories')} searched in ${duration(found.data.took_ms)}, by ${found.data.semantic ? 'words and meaning' : 'words'}`}>
      <form
        role="search"
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (text === query) void found.refetch();
          void go({ search: (before) => ({ ...before, query: text.trim() || undefined }), replace: true });
        }}
      >
        <input type="search" aria-label="What to look for" placeholder="What to look for" className="h-8 min-w-0 flex-1 rounded-button border border-control bg-surface px-2 text-text pointer-coarse:h-11" value={text} onChange={(event) => setText(event.target.value)} />
        <Button type="submit" busy={found.isFetching} disabled={text.trim() === ''}>
          Search
        </Button>
      </form>
      {query !== '' && (
        <div className="mt-3">
          <Shown query={found}>
            {({ memories }) =>
              memories.length === 0 ? (
                <EmptyState command={'revo run perfect_recall.memory_store --text "something to remember"'}>No memory is about that.</EmptyState>
              ) : (
                <ol aria-label="Memories" className="grid gap-2">
                  {memories.map(({ id, namespace, text: said, kind, created_at: at, score, why }) => (
                    <li key={`${namespace} ${id}`} className="rounded-button border border-line p-3">
                      <p className="line-clamp-4 break-words whitespace-pre-wrap">
                        <bdi>{said}</bdi>
                      </p>
                      <p className="num mt-1 flex flex-wrap gap-x-3 text-xs text-text3">
                        <span className="text-engine">score {score.toFixed(2)}</span>
                        {why.keyword !== null && <span>words {why.keyword.toFixed(2)}</span>}
                        {why.semantic !== null && <span>meaning {why.semantic.toFixed(2)}</span>}
                        <span>decay {why.decay.toFixed(2)}</span>
                        <span>
                          {namespace}, {kind}
                        </span>
                        <Ago at={here(at)} />
                      </p>
                    </li>
                  ))}
                </ol>
              )
            }
          </Shown>
        </div>
      )}
    </Card>
  );
}

async function recall(query: string, signal: AbortSignal): Promise<Recalled> {
  const input = { query, limit: MOST } as never;
  const { data: task } = await api.POST('/api/tasks', { body: { function: 'perfect_recall.memory_query', input, priority: 'high' } as never, signal });
  if (task === undefined) throw new Error('The gateway did not take the question.');
  const { data: result } = await api.GET('/api/tasks/{id}/result', { params: { path: { id: task.id }, query: { wait: WAIT } }, signal });
  if (result?.state !== 'completed') throw new Error(result?.error?.message ?? `It has not been answered within ${WAIT} s.`);
  return result.output as Recalled;
}
