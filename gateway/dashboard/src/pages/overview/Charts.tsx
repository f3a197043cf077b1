import { Card } from '@/kit/Card.tsx';
import { Chart, type Line } from '@/kit/Chart.tsx';
import { number } from '@/kit/figures.ts';
import { load, throughput } from '@/live/latest.ts';

const LOAD: readonly Line[] = [
  { label: 'CPU', colour: '--recall-line' },
  { label: 'Memory', colour: '--parallel-line', dash: [6, 3] },
];
const WORK: readonly Line[] = [{ label: 'Tasks a minute', colour: '--coord-line' }];

const asPercent = (value: number) => `${value} %`;

/** The last minutes, as they happen. */
export function Charts() {
  return (
    <div className="grid gap-3 lg:grid-cols-2">
      <Card title="Load of the machines" aside="Live">
        <Chart label="CPU and memory in percent over the last minutes" series={load} lines={LOAD} format={asPercent} top={100} />
      </Card>
      <Card title="Throughput" aside="Live">
        <Chart label="Tasks that ended a minute, over the last minutes" series={throughput} lines={WORK} format={number} />
      </Card>
    </div>
  );
}
