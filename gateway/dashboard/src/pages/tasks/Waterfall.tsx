import { useState, type KeyboardEvent } from 'react';
import { StatusChip, look } from '@/kit/Status.tsx';
import { duration } from '@/kit/time.ts';
import { extent, type Run, type Span } from './spans.ts';

const ROW = 28;
const SPARE = 8;
const MOST_HEIGHT = 420;
const INDENT = 14;
const DEEPEST = 8;

interface Props {
  spans: readonly Span[];
  chosen: string;
  now: number;
  onChoose: (id: string) => void;
}

/** Tasks over time, one row each, of which only the visible ones are drawn: a line while it waits, a bar for each attempt. */
export function Waterfall({ spans, chosen, now, onChoose }: Props) {
  const [top, setTop] = useState(0);
  const { from, to } = extent(spans, now);
  const whole = to - from;
  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  const shown = spans.slice(first, Math.ceil((top + MOST_HEIGHT) / ROW) + SPARE);
  const at = spans.findIndex(({ id }) => id === chosen);
  const place = (moment: number) => `${((moment - from) / whole) * 100}%`;

  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const moves: Record<string, number> = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0, End: spans.length - 1 };
    const next = moves[event.key];
    if (next === undefined || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    const row = Math.min(spans.length - 1, Math.max(0, next));
    onChoose(spans[row]!.id);
    const view = event.currentTarget;
    if (row * ROW < view.scrollTop) view.scrollTop = row * ROW;
    else if ((row + 1) * ROW > view.scrollTop + view.clientHeight) view.scrollTop = (row + 1) * ROW - view.clientHeight;
  };

  return (
    <div>
      <div className="num mr-20 ml-[42%] flex justify-between pb-1 text-xs text-text3 md:mr-24 md:ml-[30%]" aria-hidden>
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <span key={part} className={part % 1 === 0 ? 'whitespace-nowrap' : 'hidden md:inline'}>
            {duration(whole * part)}
          </span>
        ))}
      </div>
      <div
        role="listbox"
        aria-label="Tasks over time"
        aria-activedescendant={at >= first && at < first + shown.length ? `span-${chosen}` : undefined}
        tabIndex={0}
        className="overflow-auto border-t border-line"
        style={{ maxHeight: MOST_HEIGHT }}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={press}
      >
        <div role="presentation" style={{ height: spans.length * ROW, paddingTop: first * ROW }}>
          {shown.map((span, row) => (
            <div
              key={span.id}
              id={`span-${span.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={span.id === chosen}
              aria-posinset={first + row + 1}
              aria-setsize={spans.length}
              data-engine={span.function.split('.')[0]}
              onClick={() => onChoose(span.id)}
              onKeyDown={() => {}}
              className="flex cursor-pointer items-center border-b border-line/50 text-sm hover:bg-hover aria-selected:bg-selected"
              style={{ height: ROW }}
            >
              <span className="flex w-[42%] shrink-0 items-center gap-2 truncate pr-2 md:w-[30%]" style={{ paddingLeft: 4 + Math.min(span.depth, DEEPEST) * INDENT }}>
                <State state={span.state} />
                <bdi className="truncate">{span.function}</bdi>
              </span>
              <span className="relative mr-20 h-full flex-1 md:mr-24">
                <span className="absolute top-1/2 h-px bg-control" style={{ left: place(span.submitted), width: `${(waited(span, now) / whole) * 100}%` }} title={`Queued ${duration(waited(span, now))}`} />
                {span.runs.map((run) => (
                  <Bar key={run.attempt} run={run} left={place(run.from)} width={`${((run.to - run.from) / whole) * 100}%`} />
                ))}
                <Note span={span} from={from} whole={whole} />
              </span>
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

/** Until its last attempt began: time between attempts is waiting too. */
function waited({ submitted, runs, finished }: Span, now: number): number {
  return Math.max(0, (runs.at(-1)?.from ?? finished ?? now) - submitted);
}

function State({ state }: { state: string }) {
  return (
    <span className="shrink-0 [&_span]:!gap-0 [&_span]:text-[0px]">
      <StatusChip state={state} />
    </span>
  );
}

const COLOURS: Record<string, string> = {
  failed: 'bg-crit',
  rejected: 'bg-crit',
  retried: 'bg-warn',
  canceled: 'bg-off',
  running: 'bg-info opacity-60',
};

function Bar({ run, left, width }: { run: Run; left: string; width: string }) {
  const word = run.state === 'retried' ? 'failed, was retried' : look(run.state).word.toLowerCase();
  return (
    <span
      title={`Attempt ${run.attempt}: ${duration(run.to - run.from)}, ${word}`}
      className={`absolute top-2 h-3 min-w-[3px] rounded-[3px] ${COLOURS[run.state] ?? 'bg-[var(--e-line,var(--ok))]'}`}
      style={{ left, width }}
    />
  );
}

/** How long its last attempt took, beside it: there is room kept to the right. */
function Note({ span, from, whole }: { span: Span; from: number; whole: number }) {
  const last = span.runs.at(-1);
  if (last === undefined) return null;
  const end = ((last.to - from) / whole) * 100;
  return (
    <span className="num pointer-events-none absolute top-1/2 -translate-y-1/2 text-xs whitespace-nowrap text-text2" style={{ left: `calc(${end}% + 6px)` }}>
      {duration(last.to - last.from)}
      {span.attempts > 1 ? ` · try ${span.attempts}` : ''}
    </span>
  );
}
