import { getRouteApi } from '@tanstack/react-router';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useCallback } from 'react';
import { TEXT } from '@/kit/Status.tsx';
import { Tabs } from '@/kit/Tabs.tsx';
import { sentence } from './fleet.ts';
import { Lanes } from './Lanes.tsx';
import { Lost, RecoveryPanel } from './Lost.tsx';
import type { Search } from './search.ts';
import { Unserved } from './Unserved.tsx';
import { useFleet, useLanes, useLost } from './useFleet.ts';
import { WorkerList } from './WorkerList.tsx';

const route = getRouteApi('/workers');

/** Who does the work, what waits for whom, and what became of those that died. */
export default function Workers() {
  const search = route.useSearch();
  const go = route.useNavigate();
  const { view = 'workers', lost } = search;
  const fleet = useFleet();
  const lanes = useLanes();
  const deaths = useLost();
  const change = useCallback((to: Search) => void go({ search: (before) => ({ ...before, ...to }), replace: true }), [go]);
  const tabs = [
    { key: 'workers', label: 'Workers', ...counted(fleet.query.data?.members.length) },
    { key: 'lanes', label: 'Lanes', ...counted(lanes.data?.queues.length) },
    { key: 'lost', label: 'Lost workers', ...counted(deaths.data?.length) },
  ] as const;
  return (
    <div className="grid grid-cols-1 gap-4">
      <h1 className="text-xl font-semibold">Workers</h1>
      {fleet.query.data !== undefined && lanes.data !== undefined && <Summary {...sentence(fleet.workers, lanes.data.queues)} />}
      {lanes.data !== undefined && <Unserved queues={lanes.data.queues} workers={fleet.workers} />}
      {lost !== undefined && <RecoveryPanel key={lost} worker={lost} onClose={() => change({ lost: undefined })} />}
      <Tabs
        label="Workers and lanes"
        tabs={tabs}
        shown={view}
        onShow={(key) => change({ view: key === 'workers' ? undefined : key, text: undefined, state: undefined, lanes: undefined, queue: undefined, range: undefined })}
      >
        {view === 'workers' && <WorkerList {...fleet} lost={new Set(deaths.data?.map(({ worker }) => worker))} search={search} onChange={change} />}
        {view === 'lanes' && <Lanes query={lanes} search={search} onChange={change} />}
        {view === 'lost' && <Lost query={deaths} />}
      </Tabs>
    </div>
  );
}

function Summary({ tone, text }: ReturnType<typeof sentence>) {
  const Icon = tone === 'ok' ? CircleCheck : CircleAlert;
  return (
    <p role="status" className={`flex items-center gap-2 font-medium ${TEXT[tone]}`}>
      <Icon size={16} aria-hidden className="shrink-0" />
      {text}
    </p>
  );
}

function counted(count: number | undefined): { count?: number } {
  return count === undefined ? {} : { count };
}
