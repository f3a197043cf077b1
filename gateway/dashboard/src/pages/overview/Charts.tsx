import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Row } from '@/api/ask.ts';
import { Card } from '@/kit/Card.tsx';
import { Chart, type ChartProps, type Line } from '@/kit/Chart.tsx';
import { bytes, number, percent } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState, Skeleton } from '@/kit/states.tsx';
import { Age } from '@/kit/Tile.tsx';
import { duration } from '@/kit/time.ts';
import { useLatest } from '@/live/gathered.ts';
import { hosts, load, traffic } from '@/live/latest.ts';
import { Series } from '@/live/series.ts';
import { continued } from '@/live/timeline.ts';
import { type Draw, errors, loads, network, responses, work } from './charts.ts';
import { every, useLoads, useSteps } from './data.ts';
import { HOURS, type Range } from './ranges.ts';

const LOAD: readonly Line[] = [
  { label: 'CPU', colour: '--recall-line' },
  { label: 'Memory', colour: '--parallel-line', dash: [6, 3] },
  { label: 'Disk', colour: '--coord-line', dash: [2, 3] },
];
const TRAFFIC: readonly Line[] = [
  { label: 'In', colour: '--recall-line' },
  { label: 'Out', colour: '--creative-line', dash: [6, 3] },
];
const TIMES: readonly Line[] = [
  { label: 'p50', colour: '--coord-line' },
  { label: 'p95', colour: '--creative-line', dash: [6, 3] },
];
const WRONG: readonly Line[] = [{ label: 'Failed or rejected', colour: '--creative-line' }];
const WORK: readonly Line[] = [{ label: 'Tasks a minute', colour: '--coord-line' }];

const TASKS = { empty: 'No task has ended within this time.', command: 'revo run security.scan --path .' };
const HOSTS = { empty: 'No host was measured within this time.', command: 'revo up' };
const aSecond = (value: number) => `${bytes(value < 10 ? Number(value.toFixed(1)) : Math.round(value))}/s`;

/** The range over time. A pointer over one chart shows the same moment in all of them. */
export function Charts({ range }: { range: Range }) {
  const steps = useSteps(range);
  const measured = useLoads(range);
  // While somebody looks: the channel of measurements is heard by who watches its hosts.
  useLatest(hosts);
  const live = range === '1h';
  return (
    <div className="grid gap-3 lg:grid-cols-2">
      <Over title="Load of the machines" query={measured} range={range} {...HOSTS} draw={loads} tail={live ? load : null} lines={LOAD} format={percent} top={100} label={`CPU, memory and the fullest disk in percent, over ${range}`} />
      <Over title="Network" query={measured} range={range} {...HOSTS} draw={network} tail={live ? traffic : null} lines={TRAFFIC} format={aSecond} label={`Bytes a second in and out, over ${range}`} />
      <Over title="Response time" query={steps} range={range} {...TASKS} draw={responses} tail={null} lines={TIMES} format={duration} label={`Time from submission to outcome, half and 95 % of the tasks, over ${range}`} />
      <Over title="Error rate" query={steps} range={range} {...TASKS} draw={errors} tail={null} lines={WRONG} format={percent} label={`Percent of tasks that failed or were rejected, over ${range}`} />
      <Over title="Throughput" query={steps} range={range} {...TASKS} draw={work} tail={null} lines={WORK} format={number} label={`Tasks that ended a minute, over ${range}`} className="lg:col-span-2" />
    </div>
  );
}

interface OverProps extends Omit<ChartProps, 'series'> {
  title: string;
  query: UseQueryResult<Row[]>;
  range: Range;
  draw: Draw;
  /** What goes on live where the rows end. */
  tail: Series | null;
  empty: string;
  command: string;
  className?: string;
}

function Over({ title, query, range, draw, tail, empty, command, className = '', ...chart }: OverProps) {
  const aside = tail === null ? <Age at={query.data === undefined ? null : query.dataUpdatedAt} fresh={2 * every(range) + 5_000} always /> : 'Live';
  return (
    <Card title={title} aside={aside} className={className}>
      <Shown query={query} skeleton={<Skeleton rows={1} height={228} />}>
        {(rows) => (rows.length === 0 ? <EmptyState command={command}>{empty}</EmptyState> : <Drawn key={range} rows={rows} hours={HOURS[range]} draw={draw} tail={tail} chart={chart} />)}
      </Shown>
    </Card>
  );
}

interface DrawnProps extends Pick<OverProps, 'draw' | 'tail'> {
  rows: readonly Row[];
  hours: number;
  chart: Omit<ChartProps, 'series'>;
}

/** One canvas for as long as the range holds: what comes is put into it, so that a pointer keeps its place. */
function Drawn({ rows, hours, draw, tail, chart }: DrawnProps) {
  const [series] = useState(() => new Series(chart.lines.length));
  useEffect(() => {
    const history = draw(rows, hours);
    const put = () => series.replace(tail === null ? history : continued(history, tail));
    put();
    return tail?.subscribe(put);
  }, [rows, hours, draw, tail, series]);
  return <Chart series={series} {...chart} />;
}
