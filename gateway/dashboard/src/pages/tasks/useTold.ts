import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { ask } from '@/api/asked.ts';
import { queries } from '@/api/client.ts';
import type { Mark } from './spans.ts';

/** One thing that a task told. */
export interface Told {
  seq: number;
  kind: string;
  at: string;
  attempt: number;
  level: string;
  message: string;
  progress: number | null;
}

const KINDS = ['started', 'progress', 'log', 'retry'] as const;
const KEPT = 5_000;

/** A text; `otherwise` where there is none. */
export function words(said: unknown, otherwise = ''): string {
  return typeof said === 'string' ? said : otherwise;
}

function heard(kind: string, seq: number, payload: Record<string, unknown>): Told {
  const error = payload['error'] as { message?: string } | null | undefined;
  return {
    seq,
    kind,
    at: String(payload['at'] ?? payload['started_at']),
    attempt: Number(payload['attempt'] ?? 1),
    level: words(payload['level'], 'info'),
    message: words(payload['message'] ?? error?.message ?? payload['worker']),
    progress: typeof payload['progress'] === 'number' ? payload['progress'] : null,
  };
}

function kept(row: Record<string, unknown>): Told {
  return {
    seq: Number(row['stream_seq']),
    kind: String(row['kind']),
    at: String(row['happened_at']),
    attempt: Number(row['attempt'] ?? 1),
    level: words(row['level'], 'info'),
    message: words(row['message'] ?? row['error_message'] ?? row['worker']),
    progress: typeof row['progress'] === 'number' ? row['progress'] : null,
  };
}

/** All that a task told, the oldest first: as it comes while it runs, from analytics afterwards. */
export function useTold(id: string, open: boolean): readonly Told[] {
  const { data } = useQuery({ queryKey: ['told', id], queryFn: async ({ signal }) => (await ask('events', { id, limit: KEPT }, signal)).rows.map(kept) });
  const [came, setCame] = useState<{ id: string; all: readonly Told[] }>({ id, all: [] });
  useEffect(() => {
    if (!open) return undefined;
    const source = new EventSource(`/api/tasks/${encodeURIComponent(id)}/events`);
    let waiting: Told[] = [];
    let frame = 0;
    const show = () => {
      frame = 0;
      const news = waiting;
      waiting = [];
      setCame((before) => ({ id, all: [...(before.id === id ? before.all : []), ...news].slice(-KEPT) }));
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        waiting.push(heard(kind, Number(event.lastEventId), JSON.parse(event.data as string) as Record<string, unknown>));
        frame ||= requestAnimationFrame(show);
      });
    }
    source.addEventListener('result', () => {
      source.close();
      void queries.invalidateQueries({ queryKey: ['/api/tasks/{id}'] });
      void queries.invalidateQueries({ queryKey: ['family'] });
    });
    return () => {
      source.close();
      cancelAnimationFrame(frame);
    };
  }, [id, open]);
  return useMemo(() => {
    const all = new Map([...(data ?? []), ...(came.id === id ? came.all : [])].map((told) => [told.seq, told]));
    return [...all.values()].toSorted((one, other) => one.seq - other.seq);
  }, [data, came, id]);
}

/** The marks of attempts among what was told. */
export function marks(told: readonly Told[]): Mark[] {
  return told.filter(({ kind }) => kind === 'started' || kind === 'retry').map(({ kind, attempt, at }) => ({ kind, attempt, at: Date.parse(at) }));
}
