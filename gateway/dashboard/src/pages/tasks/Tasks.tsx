import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Pause, Play } from 'lucide-react';
import { useMemo, useState, useSyncExternalStore } from 'react';
import type { Schemas } from '@/api/client.ts';
import { there } from '@/api/clock.ts';
import { Button } from '@/kit/Button.tsx';
import { Card } from '@/kit/Card.tsx';
import { counted } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState, FilterEmpty, Skeleton } from '@/kit/states.tsx';
import { Table } from '@/kit/Table.tsx';
import { type Shortcut, useShortcuts } from '@/shell/keys.ts';
import { type Action, Bulk } from './Bulk.tsx';
import { COLUMNS, FEW } from './columns.tsx';
import type { Row } from './feed.ts';
import { Filters } from './Filters.tsx';
import { narrowed, selection } from './filters.ts';
import type { Search } from './search.ts';
import { Histogram } from './Histogram.tsx';
import { useFeed } from './useFeed.ts';

const route = getRouteApi('/tasks');
const NONE_PICKED: ReadonlySet<string> = new Set();
const idOf = (row: Row) => row.id;

const narrow = matchMedia('(max-width: 640px)');
const useNarrow = () =>
  useSyncExternalStore(
    (changed) => {
      narrow.addEventListener('change', changed);
      return () => narrow.removeEventListener('change', changed);
    },
    () => narrow.matches,
  );

const focus = (selector: string) => document.querySelector<HTMLElement>(selector)?.focus();

/** What ran, what runs, what waits. */
export default function Tasks() {
  const search = route.useSearch();
  const go = useNavigate();
  const set = (next: Search) => void go({ to: '/tasks', search: next, replace: true });
  const [paused, setPaused] = useState(false);
  const [held, setHeld] = useState({ pointer: false, scrolled: false, focused: false });
  const [marked, setMarked] = useState(NONE_PICKED);
  const [asking, setAsking] = useState<{ action: Action; of: Schemas['Selection'] } | null>(null);
  const small = useNarrow();
  const { query, feed, more, admit, deepen } = useFeed(search, held.pointer || held.scrolled || held.focused || marked.size > 0, paused);

  const ask = (action: Action, ids: readonly string[] | null) => setAsking({ action, of: selection(search, ids, there()) });

  useShortcuts(
    useMemo<Shortcut[]>(
      () => [
        { keys: ' ', does: 'Pause or resume the list', act: () => setPaused((before) => !before) },
        { keys: 'j', does: 'Next task of the list', act: () => focus('[role=grid]') },
        { keys: 'k', does: 'Task before', act: () => focus('[role=grid]') },
        { keys: 'x', does: 'Pick a task; shift x up to there', act: () => focus('[role=grid]') },
        { keys: '/', does: 'Search in the list', act: () => focus('[data-filter]') },
        { keys: 'Escape', does: 'Pick nothing', act: () => setMarked(NONE_PICKED) },
      ],
      [],
    ),
  );

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Tasks</h1>
        <div className="flex items-center gap-2">
          {feed.fresh.length > 0 && (
            <Button onClick={admit} className="num !rounded-full !border-info/60 !bg-info-soft !text-info">
              {feed.fresh.length} new
            </Button>
          )}
          <Button kind="primary" shortcut="n" onClick={() => void go({ to: '/tasks/new' })}>
            New task
          </Button>
          <Button aria-pressed={paused} shortcut="Space" onClick={() => setPaused(!paused)} icon={paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}>
            {paused ? 'Paused' : 'Live'}
          </Button>
        </div>
      </div>
      <Filters search={search} onChange={set} />
      <Card>
        <Histogram search={search} onBrush={(since, until) => set({ ...search, range: undefined, since, until })} />
      </Card>
      <div className="flex min-h-8 flex-wrap items-center gap-2 text-sm text-text2">
        {marked.size > 0 ? (
          <>
            <span className="num font-medium text-text">{counted(marked.size, 'task')} picked</span>
            <Button onClick={() => ask('retry', [...marked])}>Retry</Button>
            <Button onClick={() => ask('cancel', [...marked])}>Cancel</Button>
            <Button kind="quiet" onClick={() => setMarked(NONE_PICKED)}>
              Pick nothing
            </Button>
          </>
        ) : narrowed(search) ? (
          <>
            <span>All that match:</span>
            <Button onClick={() => ask('retry', null)}>Retry all…</Button>
            <Button onClick={() => ask('cancel', null)}>Cancel all…</Button>
          </>
        ) : (
          <span>Pick tasks, or narrow the list, to cancel or retry many at once.</span>
        )}
      </div>
      <Shown query={query} skeleton={<Skeleton rows={8} height={36} label="Loading tasks" />}>
        {() =>
          feed.rows.length === 0 && feed.fresh.length === 0 ? (
            <Card>
              {narrowed(search) ? <FilterEmpty what="tasks" onClear={() => set({})} /> : <EmptyState command="revo run security.scan --path .">No task ran yet.</EmptyState>}
            </Card>
          ) : (
            <div
              onPointerEnter={() => setHeld((before) => ({ ...before, pointer: true }))}
              onPointerLeave={() => setHeld((before) => ({ ...before, pointer: false }))}
              onFocus={() => setHeld((before) => ({ ...before, focused: true }))}
              onBlur={() => setHeld((before) => ({ ...before, focused: false }))}
              onScrollCapture={(event) => {
                const scrolled = (event.target as HTMLElement).scrollTop > 0;
                setHeld((before) => (before.scrolled === scrolled ? before : { ...before, scrolled }));
              }}
            >
              <Table
                label="Tasks"
                rows={feed.rows}
                columns={small ? FEW : COLUMNS}
                id={idOf}
                marked={marked}
                onMark={setMarked}
                onOpen={({ id }) => void go({ to: '/tasks/$id', params: { id } })}
                height={640}
              />
            </div>
          )
        }
      </Shown>
      {more && (
        <Button className="justify-self-center" onClick={() => void deepen()}>
          Older tasks
        </Button>
      )}
      {asking !== null && (
        <Bulk
          action={asking.action}
          selection={asking.of}
          onClose={() => {
            setAsking(null);
            setMarked(NONE_PICKED);
          }}
        />
      )}
    </div>
  );
}
