import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { BellOff } from 'lucide-react';
import { read, type Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Choice } from '@/kit/Choice.tsx';
import { Ago, Since } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { look, StatusChip } from '@/kit/Status.tsx';
import { EmptyState, FilterEmpty } from '@/kit/states.tsx';
import { CONTROL } from '@/kit/Field.tsx';
import type { Row } from '@/live/alerts.ts';
import { AlertActions } from './AlertActions.tsx';
import { Labels } from './Labels.tsx';
import { Level } from './Level.tsx';
import { fits, SEVERITIES } from './views.ts';
import { histories } from './history.ts';

const route = getRouteApi('/alerts');
const CHOICES = [{ key: 'all', label: 'All' }, ...SEVERITIES.map((key) => ({ key, label: look(key).word }))] as const;
const NOTHING = {
  firing: { text: 'Nothing rings.', command: 'revo alert rules' },
  acknowledged: { text: 'Nobody looks after an alert.', command: 'revo alert ack <id>' },
  resolved: { text: 'No alert has ended that is remembered.', command: 'revo alert ls --state resolved' },
};

interface Props {
  query: UseQueryResult<{ items: unknown[]; next?: string | null }>;
  rows: readonly Row[];
  state: keyof typeof NOTHING;
  rules: readonly Schemas['RuleView'][];
}

/** Alerts of one state, with what each is about and what can be done. */
export function AlertList({ query, rows, state, rules }: Props) {
  const { severity, text } = route.useSearch();
  const go = route.useNavigate();
  const set = (part: object) => void go({ search: (before) => ({ ...before, ...part }), replace: true });
  const hosts = useQuery({ ...read('/api/analytics/queries/{name}', { params: { path: { name: 'hosts' } } }), refetchInterval: 10_000 });
  const found = rows.filter((row) => fits(row, severity, text));
  const past = histories(hosts.data, rules);
  return (
    <Shown query={query}>
      {() =>
        rows.length === 0 ? (
          <EmptyState command={NOTHING[state].command}>{NOTHING[state].text}</EmptyState>
        ) : (
          <>
            <div className="mb-3 flex flex-wrap items-center gap-3">
              <Choice label="Severity" options={CHOICES} chosen={severity ?? 'all'} onChoose={(key) => set({ severity: key === 'all' ? undefined : key })} />
              <input
                type="search"
                aria-label="Filter by rule, label or text"
                placeholder="Filter by rule, label or text"
                className={`${CONTROL} !w-64 max-w-full`}
                value={text ?? ''}
                onChange={(event) => set({ text: event.target.value || undefined })}
              />
            </div>
            {found.length === 0 ? (
              <FilterEmpty what="alerts" onClear={() => set({ severity: undefined, text: undefined })} />
            ) : (
              <ul className="grid gap-2" aria-label={`Alerts, ${state}`}>
                {found.map((row) => (
                  <Item key={row.id} row={row} past={past(row)} onOpen={() => void go({ search: (before) => ({ ...before, alert: row.id }) })} />
                ))}
              </ul>
            )}
          </>
        )
      }
    </Shown>
  );
}

function Item({ row, past, onOpen }: { row: Row; past: readonly number[]; onOpen: () => void }) {
  const ended = row.state === 'resolved';
  return (
    <li className="card grid gap-x-4 gap-y-2 p-3 md:grid-cols-[7rem_minmax(0,1fr)_auto_auto] md:items-center">
      <div className="flex items-center justify-between gap-2 md:block">
        <StatusChip state={row.severity} />
        <p className="text-xs text-text3">{ended && row.resolved_at ? <Ago at={here(row.resolved_at)} /> : <>for <Since at={here(row.since)} /></>}</p>
      </div>
      <div className="min-w-0">
        <button type="button" onClick={onOpen} className="max-w-full text-left font-medium wrap-anywhere hover:underline">
          {row.summary}
        </button>
        <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-text3">
          <span className="font-mono text-text2">{row.rule}</span>
          <Labels labels={row.labels} />
          {row.silenced && (
            <span className="inline-flex items-center gap-1">
              <BellOff size={12} aria-hidden /> silenced
            </span>
          )}
          {row.acknowledged_by && <span>taken by {row.acknowledged_by}</span>}
        </p>
      </div>
      <Level value={row.value} threshold={row.threshold} past={past} severity={row.severity} ended={ended} />
      {!ended && <AlertActions alert={row} />}
    </li>
  );
}
