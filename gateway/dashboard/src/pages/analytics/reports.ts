import { NONE, number, percent } from '@/kit/figures.ts';
import { duration } from '@/kit/time.ts';
import { cell } from './cells.ts';
import type { Report } from './views.ts';

export type Write = 'text' | 'count' | 'percent' | 'ms' | 'usd' | 'time' | 'real' | 'list' | 'figure' | 'own';

interface Shape {
  title: string;
  /** The named query, and what it is told besides the window. */
  query: string;
  given?: Record<string, string>;
  /** Column, its title, how it is written. */
  columns: readonly (readonly [string, string, Write])[];
  note: string;
}

/** Reports that are one named question each. */
export const SHAPES: Record<Exclude<Report, 'throughput' | 'agents'>, Shape> = {
  success: {
    title: 'Success by function',
    query: 'functions',
    columns: [['queue', 'Queue', 'text'], ['function', 'Function', 'text'], ['tasks', 'Tasks', 'count'], ['completed', 'Completed', 'count'], ['failed', 'Failed', 'count'], ['rejected', 'Rejected', 'count'], ['canceled', 'Canceled', 'count'], ['success_rate', 'Success', 'percent'], ['retried', 'Retried', 'count']],
    note: 'Canceled tasks count neither as success nor as failure.',
  },
  failures: {
    title: 'Failures by cause',
    query: 'failures',
    columns: [['tasks', 'Tasks', 'count'], ['error_type', 'Error', 'text'], ['cause', 'Cause', 'text'], ['functions', 'Functions', 'list'], ['last_seen', 'Last', 'time'], ['example', 'Example', 'text']],
    note: 'Messages that differ only in ids, numbers, paths and quotes are one cause.',
  },
  times: {
    title: 'Response times by function',
    query: 'functions',
    columns: [['queue', 'Queue', 'text'], ['function', 'Function', 'text'], ['tasks', 'Tasks', 'count'], ['response_p50', 'Response p50', 'ms'], ['response_p95', 'p95', 'ms'], ['response_p99', 'p99', 'ms'], ['queue_p50', 'Waited p50', 'ms'], ['queue_p95', 'p95', 'ms'], ['run_p50', 'Ran p50', 'ms'], ['run_p95', 'p95', 'ms']],
    note: 'From submission to outcome, of what completed; within 2.5 %.',
  },
  cost: {
    title: 'Cost of models by agent and function',
    query: 'models',
    columns: [['provider', 'Provider', 'text'], ['model', 'Model', 'text'], ['agent', 'Agent', 'text'], ['function', 'Function', 'text'], ['calls', 'Calls', 'count'], ['input_tokens', 'Tokens in', 'count'], ['output_tokens', 'Tokens out', 'count'], ['usd', 'Cost', 'usd']],
    note: 'No cost is shown where one call has no known price.',
  },
  trends: {
    title: 'Against the period before',
    query: 'trends',
    columns: [['figure', 'Figure', 'figure'], ['current', 'Now', 'own'], ['previous', 'Before', 'own'], ['percent', 'Change', 'percent'], ['beyond_noise', 'More than noise', 'real']],
    note: 'More than noise: where nothing has changed, one of twenty says so all the same. No verdict below 20 tasks a window.',
  },
};

/** Figures of trends: what they are called, and how they are written. */
const FIGURES: Record<string, [string, Write]> = {
  tasks: ['Tasks', 'count'],
  error_rate: ['Error rate', 'percent'],
  retry_rate: ['Retried', 'percent'],
  queue_mean: ['Waited, mean', 'ms'],
  run_mean: ['Ran, mean', 'ms'],
  usd: ['Cost', 'usd'],
};

/** A value as its column is written; `figure` is what its row is of, where each row has a unit of its own. */
export function writtenAs(value: unknown, how: Write, figure = ''): string {
  if (how === 'figure') return FIGURES[String(value)]?.[0] ?? cell(value);
  if (how === 'own') return writtenAs(value, FIGURES[figure]?.[1] ?? 'count');
  if (how === 'real') return value === null || value === undefined ? 'not known' : value === true ? 'yes' : 'no';
  if (value === null || value === undefined) return NONE;
  if (how === 'list' && Array.isArray(value)) return value.map(cell).join(', ');
  if (typeof value !== 'number') return cell(value);
  if (how === 'count') return number(value);
  if (how === 'percent') return percent(value);
  if (how === 'ms') return duration(value);
  return how === 'usd' ? `$${value.toFixed(value < 1 ? 4 : 2)}` : String(value);
}

/** Rows of a series with the steps in which nothing ended, as zeros of the second column: bars tell time truly. */
export function filled(rows: readonly (readonly unknown[])[], hours: number, now: number): unknown[][] {
  const step = stepOf(hours) * 1000;
  const known = new Map(rows.map((row) => [Date.parse(String(row[0])), row]));
  const [first] = known.keys();
  if (first === undefined || Number.isNaN(first)) return [];
  const start = first - Math.floor((first - (now - hours * 3_600_000)) / step) * step;
  const all: unknown[][] = [];
  for (let at = start; at <= now; at += step) {
    all.push([...(known.get(at) ?? [new Date(at).toISOString(), 0, 0, ...rows[0]!.slice(3).map(() => null)])]);
  }
  return all;
}

/** Seconds of a step, as the query `series` chooses them for sixty. */
function stepOf(hours: number): number {
  const unit = hours <= 24 ? 60 : hours <= 192 ? 3_600 : 86_400;
  return Math.max(Math.ceil((hours * 60) / unit) * unit, unit);
}
