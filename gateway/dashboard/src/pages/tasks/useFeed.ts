import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '@/api/client.ts';
import { there } from '@/api/clock.ts';
import { useChannel } from '@/live/live.ts';
import { toast } from '@/kit/toast.ts';
import { admitted, deepened, ended, type Feed, NOTHING, received, type Row } from './feed.ts';
import { given, plain, span } from './filters.ts';
import type { Search } from './search.ts';

const PAGE = 100;
/** Asked anew at least so often, and after news at most so often. */
const EVERY = 5_000;
const SOON = 700;

interface Page {
  rows: Row[];
  next: string | null;
}

async function page(search: Search, cursor?: string, signal?: AbortSignal): Promise<Page> {
  const query = given({ ...plain(search), ...span(search, there()), limit: PAGE, cursor });
  const { data } = await api.GET('/api/tasks', { params: { query }, ...(signal === undefined ? {} : { signal }) });
  return { rows: (data?.items ?? []) as Row[], next: data?.next ?? null };
}

/** The list, live: `held` keeps every row where it is, `paused` keeps it as it is. */
export function useFeed(search: Search, held: boolean, paused: boolean) {
  const key = JSON.stringify(search);
  const [shown, setShown] = useState<{ key: string; feed: Feed; next: string | null }>({ key, feed: NOTHING, next: null });
  const query = useQuery({
    queryKey: ['/api/tasks', 'list', key],
    queryFn: ({ signal }) => page(search, undefined, signal),
    refetchInterval: EVERY,
  });
  const stays = useRef(false);
  useEffect(() => {
    stays.current = held || paused;
  });
  const { data, refetch } = query;
  useEffect(() => {
    if (data === undefined) return;
    setShown((before) => {
      const feed = before.key === key ? before.feed : NOTHING;
      const next = feed.deep ? before.next : data.next;
      const now = received(feed, data.rows, stays.current);
      return { key, next, feed: paused && feed.rows.length > 0 ? { ...feed, fresh: now.fresh } : now };
    });
  }, [data, key, paused]);

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const heard = useRef(new Map<string, Partial<Row>>());
  const soon = () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const outcomes = heard.current;
      heard.current = new Map();
      if (!paused) setShown((before) => ({ ...before, feed: ended(before.feed, outcomes) }));
      void refetch();
    }, SOON);
  };
  useChannel('task_completion', ({ payload }) => {
    const { id, state, started_at, finished_at, attempts, worker } = payload;
    heard.current.set(id, { state, finished_at, attempt: attempts, ...(started_at ? { started_at } : {}), ...(worker ? { worker } : {}) });
    soon();
  });
  useChannel('task_events', ({ payload }) => 'worker' in payload && soon());

  const admit = useCallback(() => setShown((before) => ({ ...before, feed: admitted(before.feed) })), []);
  const deepen = async () => {
    if (shown.next === null) return;
    try {
      const older = await page(search, shown.next);
      setShown((before) => (before.key === key ? { ...before, next: older.next, feed: deepened(before.feed, older.rows) } : before));
    } catch (error) {
      toast({ kind: 'crit', text: error instanceof Error ? error.message : 'Older tasks cannot be read.' });
    }
  };
  const current = shown.key === key ? shown : { feed: NOTHING, next: null };
  return { query, feed: current.feed, more: current.next !== null, admit, deepen };
}
