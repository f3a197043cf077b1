import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import type { Series } from '@/live/series.ts';
import { usePreferences } from '@/shell/preferences.ts';
import { NONE } from './figures.ts';
import { moment } from './time.ts';

const Plot = lazy(() => import('./Plot.tsx'));

export interface Line {
  label: string;
  /** A token: `--recall-line`. */
  colour: string;
  dash?: readonly number[];
}

export interface ChartProps {
  /** What it shows, in words. */
  label: string;
  series: Series;
  lines: readonly Line[];
  /** How a value is written on the axis and in the table. */
  format: (value: number) => string;
  height?: number;
  /** The highest value that can be; else the highest there is. */
  top?: number;
  /** A value that is not to be passed. */
  limit?: number;
  /** Called with the row and the time, seconds, that are pointed at, here or in another chart; null where nothing is. */
  onPoint?: (row: number | null, time: number | null) => void;
  /** Called with the span that was dragged out, seconds. */
  onZoom?: (from: number, to: number) => void;
}

/** Lines over time. Its code is loaded, and it is drawn, once it comes into view; the figures can be had as a table. */
export function Chart(props: ChartProps) {
  const { height = 180, label, lines } = props;
  const place = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(false);
  const told = useRef<HTMLElement>(null);
  const { series, format } = props;
  const onPoint = useCallback((row: number | null, time: number | null) => point(told.current, { series, row, time, format }), [series, format]);
  useEffect(() => {
    const watch = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true));
    if (place.current !== null) watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  return (
    <figure ref={told} className="relative m-0">
      <figcaption className="mb-2 flex flex-wrap justify-end gap-x-4 gap-y-1 text-xs text-text2">
        {lines.map((line) => (
          <span key={line.label} className="inline-flex items-center gap-1.5">
            <svg width="16" height="4" aria-hidden>
              <line x1="0" x2="16" y1="2" y2="2" stroke={`var(${line.colour})`} strokeWidth="2" strokeDasharray={line.dash?.join(' ')} />
            </svg>
            {line.label}
            <span data-value className="num font-medium text-text empty:hidden" />
          </span>
        ))}
      </figcaption>
      <div ref={place} role="img" aria-label={label} style={{ height }}>
        {seen && (
          <Suspense>
            <Plot {...props} onPoint={onPoint} />
          </Suspense>
        )}
      </div>
      <Table {...props} />
      <span data-time aria-hidden className="num absolute right-0 bottom-0 text-xs text-text2 [details[open]+&]:hidden" />
    </figure>
  );
}

/** Whether a time is no further from a row than its nearer neighbour: within a gap there is no value. */
function beside(times: readonly number[], row: number, time: number): boolean {
  const at = times[row] ?? 0;
  const step = Math.min(at - (times[row - 1] ?? Number.NEGATIVE_INFINITY), (times[row + 1] ?? Number.POSITIVE_INFINITY) - at);
  return Math.abs(time - at) <= step;
}

interface Pointed extends Pick<ChartProps, 'series' | 'format'> {
  row: number | null;
  time: number | null;
}

/** Writes the values of a row beside their names. React does not render while a pointer moves. */
function point(told: HTMLElement | null, { series, row, time, format }: Pointed): void {
  const [times, ...columns] = series.columns;
  const near = row === null || time === null || !beside(times, row, time) ? null : row;
  const place = told?.querySelector('[data-time]');
  // Of the pointer, to the minute: rows of two charts do not begin at the same moment.
  if (place) place.textContent = time === null ? '' : moment(Math.round(time / 60) * 60_000, usePreferences.getState().clock);
  told?.querySelectorAll('[data-value]').forEach((own, line) => {
    const value = near === null ? undefined : columns[line]?.[near];
    own.textContent = time === null ? '' : value === null || value === undefined ? NONE : format(value);
  });
}

/** The last values in words: for those who cannot see the lines. */
function Table({ label, series, lines, format }: ChartProps) {
  const [open, setOpen] = useState(false);
  const clock = usePreferences((state) => state.clock);
  const [times, ...columns] = series.columns;
  const from = Math.max(0, times.length - 12);
  return (
    <details className="mt-1 text-xs" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit text-text3 hover:text-text">As a table</summary>
      {open && (
        <table className="num mt-2 w-full text-left">
          <caption className="sr-only">{label}</caption>
          <thead className="text-text3">
            <tr>
              <th scope="col">Time</th>
              {lines.map((line) => (
                <th key={line.label} scope="col">
                  {line.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {times.slice(from).map((time, row) => (
              <tr key={time}>
                <td>{moment(time * 1000, clock)}</td>
                {columns.map((column, place) => {
                  const value = column[from + row];
                  return <td key={lines[place]?.label}>{value === null || value === undefined ? '–' : format(value)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
