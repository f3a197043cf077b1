import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { Button } from '@/kit/Button.tsx';
import { Choice } from '@/kit/Choice.tsx';
import { counted } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState, FilterEmpty, Skeleton } from '@/kit/states.tsx';
import { type Shortcut, useShortcuts } from '@/shell/keys.ts';
import { AgentCards } from './AgentCards.tsx';
import { AgentTable } from './AgentTable.tsx';
import { useAgents, useDays } from './agents.ts';
import { Filters } from './Filters.tsx';
import { isFiltered } from './filters.ts';
import { type Search, VIEWS } from './search.ts';

const AgentForm = lazy(() => import('./AgentForm.tsx'));
const route = getRouteApi('/agents');
const WORDS = { cards: 'Cards', table: 'Table' };
const CHOICES = VIEWS.map((key) => ({ key, label: WORDS[key] }));

/** Who does what? */
export default function Agents() {
  const search = route.useSearch();
  const go = route.useNavigate();
  const open = useNavigate();
  const [creating, setCreating] = useState(false);
  const change = useCallback((to: Search) => void go({ search: (before) => ({ ...before, ...to }), replace: true }), [go]);
  useShortcuts(useMemo<Shortcut[]>(() => [{ keys: 'c', does: 'Register an agent', act: () => setCreating(true) }], []));
  const query = useAgents(search);
  const day = useDays();
  const create = (
    <Button kind="primary" icon={<Plus size={14} aria-hidden />} onClick={() => setCreating(true)}>
      Register agent
    </Button>
  );
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Agents</h1>
        <div className="flex flex-wrap items-center gap-2">
          <Choice label="View" options={CHOICES} chosen={search.view ?? 'cards'} onChoose={(view) => change({ view: view === 'cards' ? undefined : view })} />
          {create}
        </div>
      </div>
      <Filters search={search} onChange={change} />
      <Shown query={query} skeleton={<Skeleton rows={4} height={128} label="Loading agents" />}>
        {() => {
          const agents = query.agents ?? [];
          if (agents.length === 0) {
            if (isFiltered(search)) {
              return <FilterEmpty what="agents" onClear={() => void go({ search: search.view === undefined ? {} : { view: search.view }, replace: true })} />;
            }
            return (
              <EmptyState action={create} command="revo up">
                No worker has announced an agent, and none is registered.
              </EmptyState>
            );
          }
          return (
            <>
              <p role="status" className="num text-xs text-text3">
                {counted(agents.length, 'agent')}
                {query.hasNextPage ? ', and more' : ''}
              </p>
              {search.view === 'table' ? <AgentTable agents={agents} day={day} /> : <AgentCards agents={agents} day={day} />}
              {query.hasNextPage && (
                <Button className="justify-self-center" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  Show more
                </Button>
              )}
            </>
          );
        }}
      </Shown>
      {creating && (
        <Suspense>
          <AgentForm onClose={() => setCreating(false)} onSaved={({ id }) => void open({ to: '/agents/$id', params: { id } })} />
        </Suspense>
      )}
    </div>
  );
}
