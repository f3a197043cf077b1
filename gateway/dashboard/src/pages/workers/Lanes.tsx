import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import { ask, figure } from '@/api/ask.ts';
import type { Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Choice } from '@/kit/Choice.tsx';
import { ENGINES } from '@/kit/engines.ts';
import { counted, NONE, number } from '@/kit/figures.ts';
import { Ago, Since } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { Sparkline } from '@/kit/Sparkline.tsx';
import { EmptyState, FilterEmpty, Skeleton } from '@/kit/states.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { DepthPanel } from './DepthPanel.tsx';
import { lanesMatching, pasts, type Queue, unserved } from './fleet.ts';
import { LANE_CHOICES, type Search } from './search.ts';
import { TextFilter } from './TextFilter.tsx';

const WORDS = { all: 'All', busy: 'With work', unserved: 'Unserved' };
const CHOICES = LANE_CHOICES.map((key) => ({ key, label: WORDS[key] }));
const COLUMNS = 'lg:grid-cols-[minmax(8rem,1.4fr)_minmax(6rem,1fr)_minmax(14.5rem,1.8fr)_4.5rem_5.5rem_8.5rem_6.5rem]';

interface Props {
  query: UseQueryResult<Schemas['LaneList']>;
  search: Search;
  onChange: (to: Search) => void;
}

/** What waits in each queue, since when, how it comes and goes, and who is there for it. */
export function Lanes({ query, search, onChange }: Props) {
  const past = useQuery({ ...ask('depths', { hours: 1 }), refetchInterval: 15_000 });
  const lines = useMemo(() => pasts(past.data ?? [], (row) => figure(row, 'queued_max')), [past.data]);
  return (
    <div className="grid grid-cols-1 gap-4">
      <div role="search" aria-label="Lanes" className="flex flex-wrap items-center gap-2">
        <TextFilter label="Search queues" placeholder="Queue" value={search.text} onChange={(text) => onChange({ text })} />
        <Choice label="Which lanes" options={CHOICES} chosen={search.lanes ?? 'all'} onChoose={(lanes) => onChange({ lanes: lanes === 'all' ? undefined : lanes })} />
      </div>
      {search.queue !== undefined && <DepthPanel key={search.queue} queue={search.queue} range={search.range ?? '1h'} onRange={(range) => onChange({ range: range === '1h' ? undefined : range })} onClose={() => onChange({ queue: undefined, range: undefined })} />}
      <Shown query={query} skeleton={<Skeleton rows={6} height={44} label="Loading lanes" />}>
        {({ queues, at, counted: seconds }) => {
          if (queues.length === 0) return <EmptyState command="revo work">No queue has been served yet, and nothing waits.</EmptyState>;
          const found = lanesMatching(queues, search);
          if (found.length === 0) return <FilterEmpty what="lanes" onClear={() => onChange({ text: undefined, lanes: undefined })} />;
          const lonely = new Set(unserved(queues));
          return (
            <>
              <div className="card overflow-hidden">
                <div aria-hidden className={`hidden gap-4 border-b border-line px-4 py-2 text-xs text-text3 lg:grid ${COLUMNS}`}>
                  {['Queue', 'Served by', 'Waiting, by priority', 'Oldest', 'In flight', 'In and out, a minute', 'Last hour'].map((title) => (
                    <span key={title}>{title}</span>
                  ))}
                </div>
                <ul aria-label="Lanes">
                  {found.map((queue) => (
                    <li key={queue.queue} className="border-b border-line last:border-0">
                      <Row queue={queue} lonely={lonely.has(queue)} past={lines.get(queue.queue)} onOpen={() => onChange({ queue: queue.queue })} />
                    </li>
                  ))}
                </ul>
              </div>
              <p className="num text-xs text-text3">
                As of <Ago at={here(at)} />. {seconds < 5 ? 'Rates are being counted.' : `Rates are of the last ${Math.round(seconds)} s.`} In flight is what workers have taken, or have given back and nobody has taken again.
              </p>
            </>
          );
        }}
      </Shown>
    </div>
  );
}

function Row({ queue: own, lonely, past, onOpen }: { queue: Queue; lonely: boolean; past: (number | null)[] | undefined; onOpen: () => void }) {
  const { queue, workers, slots, paused, oldest_at: oldest, running, arrived, finished } = own;
  const engine = ENGINES.find((one) => one.queue === queue);
  // On a phone a queue where nothing happens says only that.
  const idle = own.queued + running + (arrived ?? 0) + (finished ?? 0) === 0 ? 'max-lg:hidden' : '';
  return (
    <article aria-label={queue} className={`grid grid-cols-2 gap-x-4 gap-y-2 px-4 py-2.5 text-sm lg:items-center ${COLUMNS} ${lonely ? 'bg-crit-soft' : ''}`}>
      <h2 {...(engine === undefined ? {} : { 'data-engine': queue })} className="flex min-w-0 items-center gap-2 font-medium">
        {engine !== undefined && <engine.icon size={14} aria-hidden className="shrink-0 text-engine" />}
        <bdi className="truncate" title={queue}>
          {queue}
        </bdi>
      </h2>
      <Cell name="Served by">
        {paused ? (
          <StatusChip state="stopped" />
        ) : workers.length === 0 ? (
          <span className={lonely ? 'font-medium text-crit' : 'text-text3'}>nobody</span>
        ) : (
          <span title={workers.join(', ')}>{counted(workers.length, 'worker')}</span>
        )}
      </Cell>
      <Priorities lanes={own.lanes} className={idle} />
      <Cell name="Oldest" className={idle}>{oldest ? <Since at={here(oldest)} /> : NONE}</Cell>
      <Cell name="In flight">
        {number(running)}
        {slots > 0 && <span className="text-text3"> of {number(slots)}</span>}
      </Cell>
      <Cell name="In and out, a minute" className={idle}>
        {number(arrived)} in · {number(finished)} out
      </Cell>
      <button type="button" onClick={onOpen} aria-label={`Past of ${queue}`} title="How much waited over time" className="flex h-7 items-center justify-self-start rounded-control px-1 text-text2 hover:bg-hover pointer-coarse:h-11">
        {past === undefined ? <span className="text-xs text-text3 underline underline-offset-2">past</span> : <Sparkline label={`Waiting in ${queue}, last hour`} values={past} width={88} height={22} />}
      </button>
    </article>
  );
}

function Cell({ name, className = '', children }: { name: string; className?: string; children: ReactNode }) {
  return (
    <div className={`num min-w-0 ${className}`}>
      <span className="block text-xs text-text3 lg:sr-only">{name}: </span>
      {children}
    </div>
  );
}

const SHORT: Record<string, string> = { critical: 'crit', high: 'high', medium: 'med', low: 'low' };

function Priorities({ lanes, className }: { lanes: Queue['lanes']; className: string }) {
  return (
    <ul aria-label="Waiting, by priority" className={`num col-span-2 flex flex-wrap gap-1 lg:col-span-1 ${className}`}>
      {lanes.map(({ priority, queued, running, paused }) => (
        <li key={priority} title={`${priority}: ${queued} waiting, ${running} in flight${paused ? ', stopped' : ''}`} className={`min-w-13 rounded-control px-1.5 py-0.5 whitespace-nowrap ${queued > 0 ? 'bg-selected' : 'text-text3'}`}>
          <span className="sr-only">{priority} </span>
          <span aria-hidden className="mr-1 text-xs text-text3">
            {SHORT[priority] ?? priority}
          </span>
          <span className={queued > 0 ? 'font-medium' : ''}>{number(queued)}</span>
        </li>
      ))}
    </ul>
  );
}
