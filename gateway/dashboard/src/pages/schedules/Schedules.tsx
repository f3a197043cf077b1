import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Plus, Search as Glass } from 'lucide-react';
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { Button } from '@/kit/Button.tsx';
import { Choice } from '@/kit/Choice.tsx';
import { counted } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState, FilterEmpty, Skeleton } from '@/kit/states.tsx';
import { Tabs } from '@/kit/Tabs.tsx';
import { type Shortcut, useShortcuts } from '@/shell/keys.ts';
import { Delayed } from './Delayed.tsx';
import type { Search, Tab } from './search.ts';
import { Recurring } from './Recurring.tsx';
import { useSchedules } from './useSchedules.ts';

const ScheduleForm = lazy(() => import('./ScheduleForm.tsx'));
const route = getRouteApi('/schedules');
const KINDS: { key: Tab; label: string }[] = [
  { key: 'recurring', label: 'Recurring' },
  { key: 'once', label: 'Once' },
];
const SHOWN = [
  { key: 'all', label: 'All' },
  { key: 'on', label: 'On' },
  { key: 'paused', label: 'Paused' },
] as const;
const PAUSE = 200;

/** What comes next, again and again or once? */
export default function Schedules() {
  const search = route.useSearch();
  const go = route.useNavigate();
  const open = useNavigate();
  const [creating, setCreating] = useState(false);
  const change = useCallback((to: Search) => void go({ search: (before) => ({ ...before, ...to }), replace: true }), [go]);
  useShortcuts(useMemo<Shortcut[]>(() => [{ keys: 'c', does: 'Make a schedule', act: () => setCreating(true) }], []));
  const { tab = 'recurring' } = search;
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Schedules</h1>
        <Button kind="primary" icon={<Plus size={14} aria-hidden />} onClick={() => setCreating(true)}>
          New schedule
        </Button>
      </div>
      <Tabs label="Schedules" tabs={KINDS} shown={tab} onShow={(key) => void go({ search: key === 'once' ? { tab: key } : {} })}>
        <div className="grid grid-cols-1 gap-3">
          <div role="search" aria-label="Schedules" className="flex flex-wrap items-center gap-2">
            <TextFilter key={search.text === undefined ? 'none' : 'some'} value={search.text ?? ''} onChange={(text) => change({ text: text || undefined })} />
            {tab === 'recurring' && <Choice label="State" options={SHOWN} chosen={search.shown ?? 'all'} onChoose={(key) => change({ shown: key === 'all' ? undefined : key })} />}
          </div>
          <List search={search} onClear={() => void go({ search: tab === 'once' ? { tab } : {}, replace: true })} onCreate={() => setCreating(true)} />
        </div>
      </Tabs>
      {creating && (
        <Suspense>
          <ScheduleForm onClose={() => setCreating(false)} onSaved={(name) => void open({ to: '/schedules/$name', params: { name } })} />
        </Suspense>
      )}
    </div>
  );
}

function List({ search, onClear, onCreate }: { search: Search; onClear: () => void; onCreate: () => void }) {
  const query = useSchedules(search);
  const once = search.tab === 'once';
  return (
    <Shown query={query} skeleton={<Skeleton rows={6} height={48} label="Loading schedules" />}>
      {() => {
        const views = query.views ?? [];
        if (views.length === 0) {
          if (search.text !== undefined || search.shown !== undefined) return <FilterEmpty what={once ? 'delayed tasks' : 'schedules'} onClear={onClear} />;
          if (once) return <EmptyState command={'revo run text.shout -i \'{"text": "later"}\' --in 3600 --no-wait'}>No task waits for its time.</EmptyState>;
          return (
            <EmptyState
              command={'revo schedule add nightly security.scan --cron "30 3 * * *" -i \'{"path": "."}\''}
              action={
                <Button kind="primary" onClick={onCreate}>
                  New schedule
                </Button>
              }
            >
              No task comes again and again.
            </EmptyState>
          );
        }
        return (
          <>
            <p role="status" className="num text-xs text-text3">
              {counted(views.length, once ? 'task' : 'schedule')}
              {query.hasNextPage ? ', and more' : ''}
            </p>
            {once ? <Delayed views={views} /> : <Recurring views={views} />}
            {query.hasNextPage && (
              <Button className="justify-self-center" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                Show more
              </Button>
            )}
          </>
        );
      }}
    </Shown>
  );
}

/** Asks once the typing pauses. */
function TextFilter({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => onChange(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <span className="relative">
      <Glass size={14} aria-hidden className="absolute top-1/2 left-2 -translate-y-1/2 text-text3" />
      <input
        type="search"
        aria-label="Search schedules"
        placeholder="Name or function"
        className="h-8 w-52 rounded-button border border-control bg-surface px-2 pl-7 text-sm text-text pointer-coarse:h-11"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </span>
  );
}
