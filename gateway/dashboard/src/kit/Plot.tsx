import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { shownTheme, usePreferences } from '@/shell/preferences.ts';
import type { ChartProps } from './Chart.tsx';
import { ticks } from './time.ts';

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Values between two holes: no line would show them. */
function alone(plot: uPlot, place: number): number[] | null {
  const values = plot.data[place] ?? [];
  const found = [...values.keys()].filter((at) => (values[at] ?? null) !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null);
  return found.length === 0 ? null : found;
}

/** The canvas of a chart. Points go straight to it: React does not render for a sample. */
export default function Plot({ series, lines, format, height = 180, top, limit, onPoint, onZoom }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = usePreferences((state) => shownTheme(state.theme));
  const utc = usePreferences((state) => state.clock === 'utc');
  const said = useRef({ format, onPoint, onZoom });
  useEffect(() => {
    said.current = { format, onPoint, onZoom };
  });
  useEffect(() => {
    const host = place.current;
    if (host === null) return undefined;
    const axis = {
      stroke: token('--text3'),
      grid: { stroke: token('--line'), width: 1 },
      ticks: { show: false },
      font: '11px "Inter Variable", sans-serif',
    };
    const control = token('--control');
    const plot = new uPlot(
      {
        width: host.clientWidth || 300,
        height,
        legend: { show: false },
        padding: [8, 18, 0, 0],
        cursor: { sync: { key: 'time' }, y: false, points: { size: 6 }, drag: { setScale: false } },
        ...(utc ? { tzDate: (time: number) => uPlot.tzDate(new Date(time * 1000), 'Etc/UTC') } : {}),
        scales: {
          x: { time: true },
          y: { range: (_, __, most) => [0, top ?? Math.max(most * 1.1, limit === undefined ? 0 : limit * 1.2, 1)] },
        },
        axes: [
          { ...axis, size: 36, space: 64, values: (_, marks) => ticks(marks, utc ? 'utc' : 'local') },
          { ...axis, size: (_, values) => Math.max(48, 16 + 6.5 * Math.max(0, ...(values ?? []).map((value) => value.length))), values: (_, values) => values.map((value) => said.current.format(value)) },
        ],
        series: [
          {},
          ...lines.map((line) => ({
            label: line.label,
            stroke: token(line.colour),
            width: 1.75,
            points: { show: false, size: 5, fill: token(line.colour), filter: alone },
            ...(line.dash === undefined ? {} : { dash: [...line.dash] }),
          })),
        ],
        hooks: {
          setCursor: [
            (drawn) => {
              const { idx, left = -1 } = drawn.cursor;
              said.current.onPoint?.(left < 0 ? null : (idx ?? null), left < 0 ? null : drawn.posToVal(left, 'x'));
            },
          ],
          draw: [
            (drawn) => {
              if (limit === undefined) return;
              const y = Math.round(drawn.valToPos(limit, 'y', true));
              const { ctx, bbox } = drawn;
              ctx.save();
              ctx.strokeStyle = control;
              ctx.setLineDash([4, 4]);
              ctx.beginPath();
              ctx.moveTo(bbox.left, y);
              ctx.lineTo(bbox.left + bbox.width, y);
              ctx.stroke();
              ctx.restore();
            },
          ],
          setSelect: [
            (drawn) => {
              const { left, width } = drawn.select;
              if (width < 4) return;
              said.current.onZoom?.(drawn.posToVal(left, 'x'), drawn.posToVal(left + width, 'x'));
              drawn.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      series.columns,
      host,
    );
    // What is there already is drawn like what comes: the size of the place is known only now.
    plot.setData(series.columns);
    let frame = 0;
    const stop = series.subscribe(() => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        plot.setData(series.columns);
      });
    });
    const resized = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height }));
    resized.observe(host);
    return () => {
      stop();
      resized.disconnect();
      cancelAnimationFrame(frame);
      plot.destroy();
    };
    // The theme is read from the page: a change of it draws anew.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [series, lines, height, top, limit, theme, utc]);
  return <div ref={place} className="w-full overflow-hidden" />;
}
