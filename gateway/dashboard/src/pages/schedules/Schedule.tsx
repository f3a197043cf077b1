import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { TriangleAlert } from 'lucide-react';
import { read } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Card } from '@/kit/Card.tsx';
import { counted, percent } from '@/kit/figures.ts';
import { Json } from '@/kit/Json.tsx';
import { Ago, Moment } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { duration, useNow } from '@/kit/time.ts';
import { Actions } from './Actions.tsx';
import { History } from './History.tsx';
import { until, type View, written } from './plan.ts';
import { State } from './Recurring.tsx';
import { useSchedule } from './useSchedules.ts';

const route = getRouteApi('/schedules/$name');

/** One recurring task: when it comes, with what, and what came of it. */
export default function Schedule() {
  const { name } = route.useParams();
  const query = useSchedule(name);
  const open = useNavigate();
  return (
    <Shown query={query} missing={`Schedule ${name}`}>
      {(view) => (
        <div className="grid grid-cols-1 gap-4">
          <div className="flex flex-wrap items-start justify-between gap-3">
            <div className="min-w-0">
              <h1 className="text-xl font-semibold break-words">{view.name}</h1>
              <p className="text-text2">
                <Link to="/tasks/new" search={{ function: view.function }} className="hover:underline">
                  {view.function}
                </Link>{' '}
                {view.words} <code className="font-mono text-xs text-text3">{written(view)}</code>
              </p>
            </div>
            <Actions view={view} onRemoved={() => void open({ to: '/schedules' })} />
          </div>
          {view.warnings.map((warning) => (
            <p key={warning} className="flex items-start gap-2 rounded-control bg-warn-soft px-3 py-2 text-sm text-warn">
              <TriangleAlert size={14} aria-hidden className="mt-1 shrink-0" /> <bdi className="min-w-0 break-words">{warning}</bdi>
            </p>
          ))}
          <div className="grid grid-cols-1 gap-4 lg:grid-cols-[1fr_2fr]">
            <Card title="Next" aside={view.timezone ?? 'UTC'}>
              <Coming view={view} />
            </Card>
            <Card title="Last runs" aside={view.runs === null || view.runs === undefined ? 'analytics does not answer' : `${counted(view.runs, 'run')} in 7 days, ${percent(view.success_rate)} completed`}>
              <History runs={view.last_runs} />
            </Card>
          </div>
          <Card title="Runs">
            <Runs name={name} />
          </Card>
          <Card title="Input" aside={`priority ${view.priority}`}>
            <Json value={view.input} label="Input" />
          </Card>
          {view.changed_at !== null && view.changed_at !== undefined && (
            <p className="text-xs text-text3">
              Revision {view.revision}, changed <Ago at={here(view.changed_at)} />
            </p>
          )}
        </div>
      )}
    </Shown>
  );
}

function Coming({ view }: { view: View }) {
  const now = useNow();
  if (view.next.length === 0) return <State view={view} />;
  return (
    <ol className="grid gap-1 text-sm" aria-label="Next times">
      {view.next.map((at, place) => (
        <li key={at} className={`flex justify-between gap-3 ${place === 0 ? 'font-medium' : 'text-text2'}`}>
          <Moment at={at} />
          <span className="num whitespace-nowrap">{until(here(at), now)}</span>
        </li>
      ))}
    </ol>
  );
}

interface Row {
  id: string;
  state: string;
  submitted_at?: string;
  run_ms?: number;
  error_message?: string;
}

/** Its tasks, those that wait and run first. */
function Runs({ name }: { name: string }) {
  const query = useQuery({ ...read('/api/tasks', { params: { query: { schedule: name, limit: 20 } } }), refetchInterval: 5_000 });
  return (
    <Shown query={query}>
      {(page) => {
        const rows = page.items as Row[];
        if (rows.length === 0) return <EmptyState command={`revo schedule run ${name}`}>It has not run yet.</EmptyState>;
        return (
          <ul className="grid text-sm" aria-label="Runs">
            {rows.map((row) => (
              <li key={row.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line py-2 last:border-0">
                <span className="w-28">
                  <StatusChip state={row.state} />
                </span>
                <Link to="/tasks/$id" params={{ id: row.id }} className="font-mono text-xs break-all underline">
                  {row.id}
                </Link>
                <bdi className="min-w-0 flex-1 truncate text-text2">{row.error_message}</bdi>
                <span className="num text-text3">{row.run_ms === undefined ? '' : duration(row.run_ms)}</span>
                {row.submitted_at !== undefined && (
                  <span className="text-text3">
                    <Ago at={here(row.submitted_at)} />
                  </span>
                )}
              </li>
            ))}
          </ul>
        );
      }}
    </Shown>
  );
}
