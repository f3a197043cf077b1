import { getRouteApi } from '@tanstack/react-router';
import { Choice } from '@/kit/Choice.tsx';
import { Tabs } from '@/kit/Tabs.tsx';
import { Causes } from './Causes.tsx';
import { Letters } from './Letters.tsx';
import { RANGES } from './search.ts';

const route = getRouteApi('/failures');
const CHOICES = RANGES.map((key) => ({ key, label: key }));
const TABS = [
  { key: 'causes', label: 'By cause' },
  { key: 'letters', label: 'Dead letters' },
] as const;

/** What fails, why, and what can be done about it. */
export default function Failures() {
  const { tab = 'causes', range = '24h' } = route.useSearch();
  const go = route.useNavigate();
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Failures</h1>
        {tab === 'causes' && (
          <Choice
            label="Time range"
            options={CHOICES}
            chosen={range}
            onChoose={(key) => void go({ search: (before) => ({ ...before, range: key === '24h' ? undefined : key }), replace: true })}
          />
        )}
      </div>
      <Tabs label="Failures" tabs={TABS} shown={tab} onShow={(key) => void go({ search: (before) => ({ ...before, tab: key === 'causes' ? undefined : key }) })}>
        {tab === 'causes' ? <Causes range={range} /> : <Letters />}
      </Tabs>
    </div>
  );
}
