import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { read } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Skeleton } from '@/kit/states.tsx';
import { Tabs } from '@/kit/Tabs.tsx';
import { useEndedAlerts, useOpenAlerts } from '@/live/alerts.ts';
import { AlertList } from './AlertList.tsx';
import { AlertDialog } from './AlertDialog.tsx';
import { RuleDialog } from './RuleDialog.tsx';
import { Rules } from './Rules.tsx';
import { SilenceDialog } from './SilenceDialog.tsx';
import { Silences } from './Silences.tsx';
import type { View } from './views.ts';

const Targets = lazy(() => import('./Targets.tsx'));
const route = getRouteApi('/alerts');
const FEW = 100;
const MANY = 500;
const EVERY = 5_000;

/** What needs somebody, what rang, what rings when, what is kept quiet, and who is told. */
export default function Alerts() {
  const search = route.useSearch();
  const { view = 'firing' } = search;
  const go = route.useNavigate();
  const open = useOpenAlerts();
  const [limit, setLimit] = useState(FEW);
  const ended = useEndedAlerts(limit);
  const rules = useQuery({ ...read('/api/monitoring/rules'), refetchInterval: EVERY });
  const silences = useQuery({ ...read('/api/monitoring/silences'), refetchInterval: EVERY });
  const show = (part: Partial<typeof search>, replace = false) => void go({ search: (before) => ({ ...before, ...part }), replace });
  const firing = open.rows.filter(({ state }) => state === 'firing');
  const taken = open.rows.filter(({ state }) => state === 'acknowledged');
  const tabs = [
    { key: 'firing', label: 'Firing', ...counted(open.query.data && firing.length) },
    { key: 'acknowledged', label: 'Acknowledged', ...counted(open.query.data && taken.length) },
    { key: 'resolved', label: 'Resolved', ...counted(ended.more ? undefined : ended.query.data && ended.rows.length) },
    { key: 'rules', label: 'Rules', ...counted(rules.data?.length) },
    { key: 'silences', label: 'Silences', ...counted(silences.data?.length) },
    { key: 'notifications', label: 'Notifications' },
  ] as const;
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Alerts</h1>
        <div className="flex gap-2">
          <Button onClick={() => show({ silence: '' })}>Silence…</Button>
          <Button kind="primary" icon={<Plus size={14} aria-hidden />} onClick={() => show({ rule: 'new' })}>
            New rule
          </Button>
        </div>
      </div>
      <Tabs label="Alerts" tabs={tabs} shown={view} onShow={(key: View) => show({ view: key === 'firing' ? undefined : key, severity: undefined, text: undefined }, true)}>
        {view === 'firing' && <AlertList query={open.query} rows={firing} state="firing" rules={rules.data ?? []} />}
        {view === 'acknowledged' && <AlertList query={open.query} rows={taken} state="acknowledged" rules={rules.data ?? []} />}
        {view === 'resolved' && (
          <>
            <AlertList query={ended.query} rows={ended.rows} state="resolved" rules={rules.data ?? []} />
            {ended.more && (
              <p className="mt-3 flex items-center gap-3 text-sm text-text3">
                The last {limit}.{limit < MANY && <Button onClick={() => setLimit(MANY)}>Show {MANY}</Button>}
              </p>
            )}
          </>
        )}
        {view === 'rules' && <Rules query={rules} />}
        {view === 'silences' && <Silences query={silences} />}
        {view === 'notifications' && (
          <Suspense fallback={<Skeleton />}>
            <Targets />
          </Suspense>
        )}
      </Tabs>
      {search.alert !== undefined && <AlertDialog key={search.alert} id={search.alert} rules={rules.data ?? []} onClose={() => show({ alert: undefined })} />}
      {search.rule !== undefined && <RuleDialog key={search.rule} name={search.rule} rules={rules} onClose={() => show({ rule: undefined })} />}
      {search.silence !== undefined && <SilenceDialog fits={search.silence} onClose={() => show({ silence: undefined })} />}
    </div>
  );
}

function counted(count: number | undefined): { count?: number } {
  return count === undefined ? {} : { count };
}
