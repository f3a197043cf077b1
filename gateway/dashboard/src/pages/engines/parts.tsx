import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { ask, figure } from '@/api/ask.ts';
import { here } from '@/api/clock.ts';
import { Card } from '@/kit/Card.tsx';
import { Chart, type Line } from '@/kit/Chart.tsx';
import { Choice } from '@/kit/Choice.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { duration } from '@/kit/time.ts';
import { useChannel } from '@/live/live.ts';
import { Series } from '@/live/series.ts';
import { timeline } from '@/live/timeline.ts';
import { HOURS, RANGES } from '@/pages/overview/ranges.ts';

const route = getRouteApi('/engines/$name');
const CHOICES = RANGES.map((key) => ({ key, label: key }));

interface TimesProps {
  title: string;
  /** The question that is asked, and what for. */
  question?: 'series' | 'coordination_series';
  of: { kind?: 'queue' | 'function'; name?: string };
  measure: 'run_p95' | 'response_p95' | 'overhead_p95';
  line: Line;
  limit?: number;
  command: string;
}

/** The slower end of times over a range that stands in the URL. */
export function Times({ title, question = 'series', of, measure, line, limit, command }: TimesProps) {
  const { range = '1h' } = route.useSearch();
  const go = route.useNavigate();
  const hours = HOURS[range];
  const query = useQuery({ ...ask(question, { hours, ...of }), refetchInterval: 15_000, placeholderData: keepPreviousData });
  const { data } = query;
  const series = useMemo(() => timeline(data ?? [], hours, [(row) => figure(row, measure)]), [data, hours, measure]);
  const lines = useMemo(() => [line], [line]);
  return (
    <Card
      title={title}
      aside={<Choice label="Time range" options={CHOICES} chosen={range} onChoose={(key) => void go({ search: (before) => ({ ...before, range: key === '1h' ? undefined : key }), replace: true })} />}
    >
      <Shown query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState command={command}>Nothing of it has ended within this time.</EmptyState>
          ) : (
            <Chart label={`${title}, in milliseconds over time`} series={series} lines={lines} format={duration} {...(limit === undefined ? {} : { limit })} />
          )
        }
      </Shown>
    </Card>
  );
}

/** What waits and what runs of an engine over the last minutes, as it is told. */
export function useDepth(queue: string): Series {
  const [series] = useState(() => new Series(2));
  useChannel(
    'engine_status',
    ({ payload }) => {
      if (payload.queue === queue) series.push(here(payload.updated_at) / 1_000, payload.queued, payload.running);
    },
    { since: 0 },
  );
  return series;
}
