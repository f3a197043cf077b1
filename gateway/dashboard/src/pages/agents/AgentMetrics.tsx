import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask, figure, type Row } from '@/api/ask.ts';
import { read } from '@/api/client.ts';
import { Card } from '@/kit/Card.tsx';
import { Chart, type Line } from '@/kit/Chart.tsx';
import { Choice } from '@/kit/Choice.tsx';
import { counted, NONE, number, percent } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { Tile } from '@/kit/Tile.tsx';
import { duration } from '@/kit/time.ts';
import { timeline } from '@/live/timeline.ts';
import type { Agent } from './filters.ts';
import { HOURS, type TabProps, WINDOWS } from './tabs.ts';

const CHOICES = WINDOWS.map((key) => ({ key, label: key }));
const TIMES: readonly Line[] = [
  { label: 'Half within', colour: '--recall-line' },
  { label: '95 % within', colour: '--parallel-line', dash: [6, 3] },
];
const SUCCESS: readonly Line[] = [{ label: 'Success', colour: '--coord-line' }];

/** How an agent did: response times and success, as figures and over time. */
export default function AgentMetrics({ agent, search, onChange }: TabProps & { agent: Agent }) {
  const window = search.window ?? '1h';
  return (
    <div className="grid grid-cols-1 gap-4">
      <div>
        <Choice label="Time range" options={CHOICES} chosen={window} onChoose={(key) => onChange({ window: key === '1h' ? undefined : key })} />
      </div>
      <Figures id={agent.id} window={window} />
      <Charts agent={agent} hours={HOURS[window]} />
    </div>
  );
}

function Figures({ id, window }: { id: string; window: keyof typeof HOURS }) {
  const query = useQuery({ ...read('/api/agents/{id}/metrics', { params: { path: { id }, query: { window } } }), refetchInterval: 10_000, placeholderData: keepPreviousData });
  return (
    <Shown query={query}>
      {(metrics) => {
        const { response_ms: response, queue_ms: queue, error_types: wrong } = metrics;
        return (
          <>
            <section aria-label="Figures" className="grid grid-cols-2 gap-3 md:grid-cols-4">
              <Tile label="Done" at={query.dataUpdatedAt} value={number(metrics.completed)} note={`${number(metrics.failed)} failed · ${number(metrics.rejected)} rejected · ${number(metrics.canceled)} canceled`} />
              <Tile label="Success" at={query.dataUpdatedAt} value={percent(metrics.success_rate)} note={`of ${counted(metrics.tasks - metrics.canceled, 'task')}`} />
              <Tile label="Response time" at={query.dataUpdatedAt} value={time(response.p50)} note={`p95 ${time(response.p95)} · p99 ${time(response.p99)}`} />
              <Tile label="In the queue" at={query.dataUpdatedAt} value={time(queue.p50)} note={`p95 ${time(queue.p95)} · ${number(metrics.attempts)} attempts a task`} />
            </section>
            {wrong.length > 0 && (
              <Card title="What went wrong">
                <ul className="grid gap-1">
                  {(wrong as unknown as { type: string; count: number }[]).map(({ type, count }) => (
                    <li key={type} className="flex justify-between gap-3">
                      <code className="truncate font-mono text-xs">{type}</code>
                      <span className="num text-text2">{number(count)}</span>
                    </li>
                  ))}
                </ul>
              </Card>
            )}
          </>
        );
      }}
    </Shown>
  );
}

function Charts({ agent, hours }: { agent: Agent; hours: number }) {
  const kind = agent.origin === 'announced' ? 'queue' : 'agent';
  const query = useQuery({ ...ask('series', { hours, kind, name: agent.id }), refetchInterval: 15_000, placeholderData: keepPreviousData });
  const { data } = query;
  const [times, success] = useMemo(() => {
    const rows = data ?? [];
    return [timeline(rows, hours, [(row) => figure(row, 'response_p50'), (row) => figure(row, 'response_p95')]), timeline(rows, hours, [succeeded])] as const;
  }, [data, hours]);
  return (
    <Shown query={query}>
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState command={`revo agent run ${agent.id} --function ${agent.capabilities[0] ?? 'NAME'}`}>Nothing of it has ended within this time.</EmptyState>
        ) : (
          <div className="grid grid-cols-1 gap-3 lg:grid-cols-2">
            <Card title="Response time">
              <Chart label="Response time in milliseconds, over time" series={times} lines={TIMES} format={duration} />
            </Card>
            <Card title="Success">
              <Chart label="Tasks that completed, in percent, over time" series={success} lines={SUCCESS} format={percent} top={100} />
            </Card>
          </div>
        )
      }
    </Shown>
  );
}

function succeeded(row: Row): number | null {
  const errors = figure(row, 'error_rate');
  return errors === null ? null : 100 - errors;
}

function time(ms: number | null): string {
  return ms === null ? NONE : duration(ms);
}
