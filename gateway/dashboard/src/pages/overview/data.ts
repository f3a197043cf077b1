import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ask, figure } from '@/api/ask.ts';
import { read, type Schemas } from '@/api/client.ts';
import { type Measured, useLatest } from '@/live/gathered.ts';
import { overview } from '@/live/latest.ts';
import { HOURS, type Range } from './ranges.ts';

/** Figures that no channel brings: asked for again and again, those of the last hour more often. */
export const every = (range: Range) => (range === '1h' ? 5_000 : 20_000);

/** How the range went, and the one before it. */
export function useMetrics(range: Range) {
  return useQuery({ ...read('/api/monitoring/metrics', { params: { query: { window: range } } }), refetchInterval: every(range), placeholderData: keepPreviousData });
}

/** Figures of tasks over the range, a row for each step. */
export function useSteps(range: Range) {
  return useQuery({ ...ask('series', { hours: HOURS[range] }), refetchInterval: every(range) });
}

/** The load of each host over the range, a row for each step and host. */
export function useLoads(range: Range) {
  return useQuery({ ...ask('host_series', { hours: HOURS[range] }), refetchInterval: every(range) });
}

/** How long jobs of several engines waited for the coordinator itself, in the last hour. */
export function useCoordination() {
  const query = useQuery({ ...ask('coordination', { hours: 1 }), refetchInterval: 10_000 });
  const [row] = query.data ?? [];
  return { at: query.data === undefined ? null : query.dataUpdatedAt, jobs: figure(row, 'jobs'), p50: figure(row, 'overhead_p50'), p95: figure(row, 'overhead_p95') };
}

/** How the whole does: from the channel once it spoke, from the route until then. */
export function useOverview(): Measured<Schemas['Overview']> | undefined {
  const heard = useLatest(overview).get('overview');
  const { data, dataUpdatedAt } = useQuery(read('/api/system/overview'));
  if (heard !== undefined) return heard;
  return data === undefined ? undefined : { value: data, at: dataUpdatedAt };
}

/** How long recalling took at the slower end, milliseconds; null where nothing was recalled in the last hour. */
export function recallP95(functions: readonly Record<string, unknown>[]): number | null {
  const row = functions.find((each) => each['function'] === 'memory_query');
  return typeof row?.['run_p95'] === 'number' ? row['run_p95'] : null;
}
