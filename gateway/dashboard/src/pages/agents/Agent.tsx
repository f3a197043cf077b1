import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useCallback } from 'react';
import { Boundary } from '@/kit/Boundary.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { Skeleton } from '@/kit/states.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { Tabs } from '@/kit/Tabs.tsx';
import { Actions } from './Actions.tsx';
import { useAgent } from './agents.ts';
import type { Agent as View } from './filters.ts';
import { type AgentSearch, type Tab, TABS, type TabProps } from './tabs.ts';

const Configuration = lazy(() => import('./Configuration.tsx'));
const AgentTasks = lazy(() => import('./AgentTasks.tsx'));
const AgentMetrics = lazy(() => import('./AgentMetrics.tsx'));
const Insight = lazy(() => import('./Insight.tsx'));
const Logs = lazy(() => import('./Logs.tsx'));

const route = getRouteApi('/agents/$id');
const WORDS: Record<Tab, string> = { configuration: 'Configuration', tasks: 'Tasks', metrics: 'Metrics', analytics: 'Analytics', logs: 'Logs' };
const LIST = TABS.map((key) => ({ key, label: WORDS[key] }));

/** What one agent is, does and did. */
export default function Agent() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const go = route.useNavigate();
  const open = useNavigate();
  const change = useCallback((to: AgentSearch) => void go({ search: (before) => ({ ...before, ...to }), replace: true }), [go]);
  const { query, renew } = useAgent(id);
  const shown = search.tab ?? 'configuration';
  return (
    <div className="grid grid-cols-1 gap-4">
      <nav aria-label="Breadcrumb" className="text-sm text-text3">
        <Link to="/agents" className="hover:text-text hover:underline">
          Agents
        </Link>{' '}
        / <bdi className="text-text2">{id}</bdi>
      </nav>
      <Shown query={query} missing={`The agent ${id}`} skeleton={<Skeleton rows={3} height={96} label="Loading the agent" />}>
        {(seen) => {
          const agent = renew(seen);
          return (
            <>
              <header className="flex flex-wrap items-start justify-between gap-3">
                <div className="min-w-0">
                  <h1 className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xl font-semibold">
                    <bdi className="min-w-0 break-words">{agent.name}</bdi>
                    <StatusChip state={agent.status} filled />
                  </h1>
                  <p className="text-text2">
                    <bdi>{agent.description}</bdi>
                  </p>
                </div>
                <Actions agent={agent} onRemoved={() => void open({ to: '/agents' })} />
              </header>
              <Tabs label="About this agent" tabs={LIST} shown={shown} onShow={(key) => change({ tab: key === 'configuration' ? undefined : key })}>
                <Boundary key={shown}>
                  <Suspense fallback={<Skeleton rows={4} height={64} />}>{tab(shown, agent, { search, onChange: change })}</Suspense>
                </Boundary>
              </Tabs>
            </>
          );
        }}
      </Shown>
    </div>
  );
}

function tab(shown: Tab, agent: View, props: TabProps): ReactNode {
  if (shown === 'tasks') return <AgentTasks agent={agent} {...props} />;
  if (shown === 'metrics') return <AgentMetrics agent={agent} {...props} />;
  if (shown === 'analytics') return <Insight id={agent.id} {...props} />;
  if (shown === 'logs') return <Logs key={agent.id} id={agent.id} {...props} />;
  return <Configuration agent={agent} />;
}
