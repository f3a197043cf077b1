import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask, figure } from '@/api/ask.ts';
import { Chart, type Line } from '@/kit/Chart.tsx';
import { number } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { timeline } from '@/live/timeline.ts';
import { HOURS } from '@/pages/overview/ranges.ts';

const LINES: readonly Line[] = [
  { label: 'Waiting, most of a step', colour: '--parallel-line' },
  { label: 'Running, most of a step', colour: '--coord-line', dash: [6, 3] },
];
const FIGURES = ['queued_max', 'running_max'].map((name) => (row: Record<string, unknown>) => figure(row, name));

/** How much of a queue waited and ran over time, as it was told while analytics ran. */
export function DepthHistory({ queue, range }: { queue: string; range: keyof typeof HOURS }) {
  const hours = HOURS[range];
  const query = useQuery({ ...ask('depths', { hours, queue }), refetchInterval: 15_000, placeholderData: keepPreviousData });
  const { data } = query;
  const series = useMemo(() => timeline(data ?? [], hours, FIGURES), [data, hours]);
  return (
    <Shown query={query}>
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState command="revo queue ls">Nobody has told of this queue within this time.</EmptyState>
        ) : (
          <Chart label={`Tasks of ${queue} that waited and that ran, over time`} series={series} lines={LINES} format={number} />
        )
      }
    </Shown>
  );
}
