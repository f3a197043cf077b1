import { getRouteApi } from '@tanstack/react-router';
import type { Schemas } from '@/api/client.ts';
import { CONTROL } from '@/kit/Field.tsx';
import { number } from '@/kit/figures.ts';
import { cell, drawable, figure, span } from './cells.ts';

const route = getRouteApi('/analytics');
const MOST = { line: 2_000, bar: 120 };
const [W, H, LEFT, BELOW] = [800, 260, 56, 24];

/** Two columns of an answer as a line or as bars, in the order of the rows. The table has the same figures. */
export function Picture({ answer, draw }: { answer: Pick<Schemas['Answer'], 'columns' | 'rows'>; draw: 'line' | 'bar' }) {
  const { columns, rows } = answer;
  const search = route.useSearch();
  const go = route.useNavigate();
  const possible = drawable(rows, columns.length);
  const y = possible.includes(search.y ?? -1) ? search.y! : possible.find((place) => place !== 0) ?? possible[0];
  const x = search.x !== undefined && search.x < columns.length ? search.x : 0;
  if (y === undefined) return <p className="text-text2">No column holds only numbers: nothing to draw.</p>;
  const some = rows.slice(0, MOST[draw]);
  const values = some.map((row) => figure(row[y]));
  const { low, high } = span(values.filter((value) => value !== null));
  const step = (W - LEFT) / Math.max(1, draw === 'bar' ? some.length : some.length - 1);
  const top = (value: number) => (H - BELOW) * (1 - (value - low) / (high - low)) || 0;
  let path = '';
  values.forEach((value, place) => {
    if (value !== null) path += `${path === '' || values[place - 1] === null ? 'M' : 'L'}${(LEFT + place * step).toFixed(1)} ${top(value).toFixed(1)}`;
  });
  return (
    <div className="card grid gap-3 p-3">
      <div className="flex flex-wrap gap-4 text-sm">
        <Pick label="Across" value={x} columns={columns} places={columns.map((_, place) => place)} onPick={(place) => void go({ search: (before) => ({ ...before, x: place }), replace: true })} />
        <Pick label="Up" value={y} columns={columns} places={possible} onPick={(place) => void go({ search: (before) => ({ ...before, y: place }), replace: true })} />
      </div>
      <svg role="img" aria-label={`${columns[y]} by ${columns[x]}, ${some.length} values from ${number(low)} to ${number(high)}`} viewBox={`0 -8 ${W} ${H + 8}`} className="w-full">
        {[low, (low + high) / 2, high].map((value) => (
          <g key={value}>
            <line x1={LEFT} x2={W} y1={top(value)} y2={top(value)} stroke="var(--line)" />
            <text x={LEFT - 6} y={top(value) + 4} textAnchor="end" fontSize="11" fill="var(--text3)">
              {number(value)}
            </text>
          </g>
        ))}
        {draw === 'line' ? (
          <path d={path} fill="none" stroke="var(--recall-line)" strokeWidth="1.75" />
        ) : (
          values.map((value, place) =>
            value === null ? null : (
              // oxlint-disable-next-line react/no-array-index-key
              <rect key={place} x={LEFT + place * step + step * 0.1} width={Math.max(1, step * 0.8)} y={Math.min(top(0), top(value))} height={Math.abs(top(value) - top(0))} fill="var(--recall-line)">
                <title>{`${cell(some[place]?.[x])}: ${number(value)}`}</title>
              </rect>
            ),
          )
        )}
        <text x={LEFT} y={H - 6} fontSize="11" fill="var(--text3)">
          {cell(some[0]?.[x]).slice(0, 40)}
        </text>
        <text x={W} y={H - 6} textAnchor="end" fontSize="11" fill="var(--text3)">
          {cell(some.at(-1)?.[x]).slice(0, 40)}
        </text>
      </svg>
      {rows.length > some.length && <p className="text-xs text-text3">The first {some.length} of {number(rows.length)} rows are drawn.</p>}
    </div>
  );
}

interface PickProps {
  label: string;
  value: number;
  columns: readonly string[];
  places: readonly number[];
  onPick: (place: number) => void;
}

function Pick({ label, value, columns, places, onPick }: PickProps) {
  return (
    <label className="flex items-center gap-2">
      {label}
      <select className={`${CONTROL} !w-44`} value={value} onChange={(event) => onPick(Number(event.target.value))}>
        {places.map((place) => (
          <option key={place} value={place}>
            {columns[place]}
          </option>
        ))}
      </select>
    </label>
  );
}
