import { useQuery } from '@tanstack/react-query';
import { read, type Schemas } from '@/api/client.ts';
import { type Measured, overview, useLatest } from '@/live/latest.ts';
import type { Range } from './ranges.ts';

/** What `/api/monitoring/metrics` says. Null is what nobody measured. */
export interface Metrics {
  cpu_usage: number | null;
  memory_usage: number | null;
  disk_usage: number | null;
  network_io: { bytes_sent: number | null; bytes_received: number | null };
  response_times: { p50: number | null; p95: number | null; p99: number | null };
  error_rates: Record<Range, number | null>;
  throughput: number | null;
}

/** Figures that no channel brings: asked for again and again. */
const EVERY = 10_000;

export function useMetrics() {
  const query = useQuery({ ...read('/api/monitoring/metrics'), refetchInterval: EVERY });
  return { ...query, data: query.data as Metrics | undefined };
}

/** How the whole does: from the channel once it spoke, from the route until then. */
export function useOverview(): Measured<Schemas['Overview']> | undefined {
  const heard = useLatest(overview).get('overview');
  const { data, dataUpdatedAt } = useQuery(read('/api/system/overview'));
  if (heard !== undefined) return heard;
  return data === undefined ? undefined : { value: data as unknown as Schemas['Overview'], at: dataUpdatedAt };
}

/** How long recalling took at the slower end, milliseconds; null where nothing was recalled in the last hour. */
export function recallP95(functions: readonly Record<string, unknown>[]): number | null {
  const row = functions.find((each) => each['function'] === 'memory_query');
  return typeof row?.['run_p95'] === 'number' ? row['run_p95'] : null;
}
