import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { ask } from '@/api/asked.ts';
import { there } from '@/api/clock.ts';
import { counted, number } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { Skeleton } from '@/kit/states.tsx';
import { moment } from '@/kit/time.ts';
import { usePreferences } from '@/shell/preferences.ts';
import { type Bin, bins, SPANS, sum } from './bins.ts';
import { drawn, given, plain } from './filters.ts';
import type { Search } from './search.ts';

const HEIGHT = 64;

interface Props {
  search: Search;
  onBrush: (since: string, until: string) => void;
}

/** When tasks ended, by outcome. A span is brushed with the pointer, or with arrows, Shift and Enter. */
export function Histogram({ search, onBrush }: Props) {
  const key = JSON.stringify(search);
  const query = useQuery({
    queryKey: ['analytics', 'histogram', key],
    queryFn: async ({ signal }) => {
      const time = drawn(search, there());
      const sent = given({ ...plain(search), since: new Date(time.since).toISOString(), until: new Date(time.until).toISOString(), spans: SPANS });
      return bins((await ask('task_histogram', sent, signal)).rows);
    },
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  });
  return (
    // As high as what comes: on a phone the legend takes a line of its own.
    <div className="min-h-32 sm:min-h-27">
      <Shown query={query} skeleton={<Skeleton rows={1} height={108} />}>
        {(all) => <Bars key={key} all={all} onBrush={onBrush} />}
      </Shown>
    </div>
  );
}

interface BarsProps {
  all: readonly Bin[];
  onBrush: Props['onBrush'];
}

function Bars({ all, onBrush }: BarsProps) {
  const clock = usePreferences((state) => state.clock);
  const place = useRef<HTMLDivElement>(null);
  const [span, setSpan] = useState<{ from: number; to: number } | null>(null);
  const dragged = useRef(false);
  const most = Math.max(1, ...all.map(sum));
  const first = span === null ? 0 : Math.min(span.from, span.to);
  const last = span === null ? all.length - 1 : Math.max(span.from, span.to);
  const picked = all.slice(first, last + 1);
  const said = (at: number) => moment(at, clock);

  const at = (event: PointerEvent) => {
    const box = place.current!.getBoundingClientRect();
    return Math.min(all.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * all.length)));
  };
  const brush = () => {
    const [from, to] = [all[first], all[last]];
    if (span !== null && from !== undefined && to !== undefined) onBrush(new Date(from.from).toISOString(), new Date(to.to).toISOString());
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === 'Enter') brush();
    if (event.key === 'Escape') setSpan(null);
    if (step === undefined) return;
    event.preventDefault();
    const to = Math.min(all.length - 1, Math.max(0, (span?.to ?? all.length) + step));
    setSpan({ from: event.shiftKey ? (span?.from ?? to) : to, to });
  };

  const total = picked.reduce((so, bin) => so + sum(bin), 0);
  const bad = picked.reduce((so, bin) => so + bin.failed, 0);
  const [from, to] = [all[first]!, all[last]!];
  const told = `${counted(total, 'task')} ended${bad > 0 ? `, ${number(bad)} of them failed` : ''}`;
  return (
    <div>
      <div className="mb-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-1 text-xs text-text2">
        <span className="num" aria-live="polite">
          {told}
        </span>
        <span className="flex gap-4">
          <Legend className="bg-ok" word="Completed" />
          <Legend className="bg-crit" word="Failed or rejected" />
          <Legend className="bg-off" word="Canceled" />
        </span>
      </div>
      <div
        ref={place}
        role="slider"
        tabIndex={0}
        aria-label="When tasks ended: arrows move, Shift widens, Enter narrows the list to it"
        aria-valuemin={0}
        aria-valuemax={all.length - 1}
        aria-valuenow={span?.to ?? all.length - 1}
        aria-valuetext={`${said(from.from)} to ${said(to.to)}: ${told}`}
        className="relative flex cursor-crosshair touch-pan-y items-end border-b border-line select-none"
        style={{ height: HEIGHT }}
        onKeyDown={press}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          dragged.current = true;
          setSpan({ from: at(event), to: at(event) });
        }}
        onPointerMove={(event) => dragged.current && setSpan((before) => before && { ...before, to: at(event) })}
        onPointerUp={() => {
          dragged.current = false;
          brush();
        }}
        onPointerCancel={() => {
          dragged.current = false;
          setSpan(null);
        }}
      >
        {all.map((bin, step) => (
          <div
            key={bin.from}
            title={`${said(bin.from)}: ${counted(sum(bin), 'task')}${bin.failed > 0 ? `, ${number(bin.failed)} failed` : ''}`}
            className={`flex h-full flex-1 flex-col justify-end px-px ${span !== null && step >= first && step <= last ? 'bg-selected' : 'hover:bg-hover'}`}
          >
            <Bar className="bg-off" share={bin.canceled / most} />
            <Bar className="bg-ok" share={bin.completed / most} />
            <Bar className="bg-crit" share={bin.failed / most} />
          </div>
        ))}
      </div>
      <div className="num mt-1 flex justify-between text-xs text-text3">
        <span>{said(all[0]!.from)}</span>
        <span>{said(all.at(-1)!.to)}</span>
      </div>
    </div>
  );
}

/** One that is there is seen, however many others there are. */
function Bar({ className, share }: { className: string; share: number }) {
  return share > 0 ? <div className={className} style={{ height: Math.max(2, share * (HEIGHT - 4)) }} /> : null;
}

function Legend({ className, word }: { className: string; word: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span className={`size-2 rounded-[2px] ${className}`} aria-hidden />
      {word}
    </span>
  );
}
