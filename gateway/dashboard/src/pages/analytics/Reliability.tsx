import type { Schemas } from '@/api/client.ts';
import { number } from '@/kit/figures.ts';
import { type Column, Table } from '@/kit/Table.tsx';
import { share } from './prediction.ts';

type Bin = Schemas['Bin'];

const [SIDE, LEFT, BELOW, EDGE] = [260, 44, 40, 14];
const MARKS = [0, 0.25, 0.5, 0.75, 1];
const COLUMNS: Column<Bin>[] = [
  { key: 'part', title: 'Part', width: '5rem', draw: ({ part }) => part },
  { key: 'count', title: 'Tasks', width: '4rem', draw: ({ count }) => number(count) },
  { key: 'predicted', title: 'Predicted', width: '5rem', draw: ({ predicted }) => share(predicted) },
  { key: 'observed', title: 'Completed', width: 'minmax(11rem,1fr)', draw: ({ observed, low, high }) => `${share(observed)} (${share(low)} to ${share(high)})` },
];

/** What was predicted against what came: on the diagonal both are the same. Beside it the same as a table. */
export function Reliability({ bins }: { bins: readonly Bin[] }) {
  const x = (value: number) => LEFT + value * SIDE;
  const y = (value: number) => EDGE + (1 - value) * SIDE;
  const most = Math.max(...bins.map(({ count }) => count));
  const inside = bins.filter(({ predicted, low, high }) => low <= predicted && predicted <= high).length;
  return (
    <div className="grid items-start gap-4 md:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]">
      <svg role="img" aria-label={`Reliability diagram: in ${inside} of ${bins.length} parts the predicted chance lies within the interval of what was observed`} viewBox={`0 0 ${LEFT + SIDE + EDGE} ${EDGE + SIDE + BELOW}`} className="w-full max-w-sm">
        {MARKS.map((mark) => (
          <g key={mark} fontSize="11" fill="var(--text3)">
            <line x1={x(0)} x2={x(1)} y1={y(mark)} y2={y(mark)} stroke="var(--line)" />
            <text x={LEFT - 6} y={y(mark) + 4} textAnchor="end">{share(mark)}</text>
            <text x={x(mark)} y={y(0) + 16} textAnchor="middle">{mark * 100}</text>
          </g>
        ))}
        <text x={x(0.5)} y={y(0) + 34} textAnchor="middle" fontSize="11" fill="var(--text2)">predicted, %; up: completed</text>
        <line x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} stroke="var(--control)" strokeDasharray="4 4" />
        {bins.map(({ part, predicted, observed, low, high, count }) => (
          <g key={part}>
            <line x1={x(predicted)} x2={x(predicted)} y1={y(low)} y2={y(high)} stroke="var(--recall-line)" strokeWidth="1.5" />
            <circle cx={x(predicted)} cy={y(observed)} r={3 + 4 * Math.sqrt(count / most)} fill="var(--recall-line)">
              <title>{`${part}: predicted ${share(predicted)}, completed ${share(observed)} of ${number(count)}`}</title>
            </circle>
          </g>
        ))}
      </svg>
      <Table label="Reliability" rows={bins} columns={COLUMNS} id={({ part }) => `part-${part}`} least={440} height={440} />
    </div>
  );
}
