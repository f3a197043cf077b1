import { figure, type Row } from '@/api/ask.ts';
import { here } from '@/api/clock.ts';
import type { Series } from '@/live/series.ts';
import { stepOf, timeline } from '@/live/timeline.ts';

/** A step that has only begun tells nothing of a minute. */
const SHORTEST = 15;

type Figure = (row: Row) => number | null;


/** Tasks a minute; of the first and the last step, which are cut by the range, by the part of it that lies inside. */
export function throughput(hours: number, now = Date.now()): Figure {
  const step = stepOf(hours);
  return (row) => {
    const begins = here(String(row['starts_at'])) / 1_000;
    const from = Math.max(begins, now / 1_000 - hours * 3_600);
    const seconds = Math.min(begins + step, now / 1_000) - from;
    const finished = figure(row, 'finished');
    return finished === null || seconds < SHORTEST ? null : (finished * 60) / seconds;
  };
}

/** The rows of the question `host_series`, one for each host, as one for each step: means, the fullest disk, bytes of all. */
export function together(rows: readonly Row[]): Row[] {
  const steps = Map.groupBy(rows, (row) => String(row['starts_at']));
  return [...steps].map(([at, hosts]) => {
    const values = (name: string) => hosts.map((row) => figure(row, name)).filter((value) => value !== null);
    const mean = (name: string) => (values(name).length === 0 ? null : values(name).reduce((sum, value) => sum + value, 0) / values(name).length);
    const sum = (name: string) => (values(name).length === 0 ? null : values(name).reduce((all, value) => all + value, 0));
    const most = values('disk_max');
    return { starts_at: at, cpu: mean('cpu_mean'), memory: mean('memory_mean'), disk: most.length === 0 ? null : Math.max(...most), received: sum('received'), sent: sum('sent') };
  });
}

const named = (...names: string[]) => names.map((name) => (row: Row) => figure(row, name));

/** From the rows of a question to the lines of a chart. */
export type Draw = (rows: readonly Row[], hours: number) => Series;

export const loads: Draw = (rows, hours) => timeline(together(rows), hours, named('cpu', 'memory', 'disk'));
export const network: Draw = (rows, hours) => timeline(together(rows), hours, named('received', 'sent'));
export const responses: Draw = (rows, hours) => timeline(rows, hours, named('response_p50', 'response_p95'));
export const errors: Draw = (rows, hours) => timeline(rows, hours, named('error_rate'));
export const work: Draw = (rows, hours) => timeline(rows, hours, [throughput(hours)]);
