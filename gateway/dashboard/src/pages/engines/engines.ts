import { useQuery } from '@tanstack/react-query';
import { read, type Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { type Measured, useLatest } from '@/live/gathered.ts';
import { engines } from '@/live/latest.ts';

export type Status = Schemas['QueueStatus'];

/** How an engine stands: from its channel once that spoke, from the route until then. */
export function useEngine(queue: string): Measured<Status> | undefined {
  const heard = useLatest(engines).get(queue);
  const { data } = useQuery({ ...read('/api/engines'), refetchInterval: 10_000 });
  const told = data?.find((each) => each.queue === queue);
  if (heard !== undefined && (told === undefined || Date.parse(heard.value.updated_at) >= Date.parse(told.updated_at))) return heard;
  return told && { value: told, at: here(told.updated_at) };
}

/** Lanes, workers and how long each function took within the last hour. */
export function useEngineMetrics(queue: string) {
  return useQuery({ ...read('/api/engines/{type}/metrics', { params: { path: { type: queue } } }), refetchInterval: 5_000 });
}

export interface Timed {
  function: string;
  tasks: number;
  queue_p95: number | null;
  run_p50: number | null;
  run_p95: number | null;
}

/** The times of one function; undefined where it did nothing or nobody measures. */
export function timed(metrics: Schemas['EngineMetrics'] | undefined, name: string): Timed | undefined {
  return (metrics?.functions as unknown as Timed[] | null | undefined)?.find((row) => row.function === name);
}
