import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { queries, read } from '@/api/client.ts';
import { useChannel } from '@/live/live.ts';
import { remembered, type Shown } from './fleet.ts';

const EVERY = 1_000;
const FLEET = read('/api/fleet');
const LOST = read('/api/workers/lost', { params: { query: { limit: 50 } } });

/** Who is there and who has just left. */
export function useFleet() {
  const query = useQuery({ ...FLEET, refetchInterval: EVERY });
  const { data, dataUpdatedAt: now } = query;
  const [seen, setSeen] = useState<{ at: number; workers: readonly Shown[] }>({ at: 0, workers: [] });
  if (data !== undefined && now !== seen.at) setSeen({ at: now, workers: remembered(seen.workers, data.members, now) });
  return { query, workers: seen.workers, faults: data?.faults ?? false };
}

export function useLanes() {
  return useQuery({ ...read('/api/lanes'), refetchInterval: EVERY });
}

/** Workers that were lost within a day; asked anew when one is told of. */
export function useLost() {
  useChannel('worker_ended', () => void queries.invalidateQueries({ queryKey: [LOST.queryKey[0]] }));
  return useQuery({ ...LOST, refetchInterval: 5_000 });
}
