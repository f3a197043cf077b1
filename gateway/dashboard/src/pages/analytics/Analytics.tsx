import { getRouteApi } from '@tanstack/react-router';
import { Tabs } from '@/kit/Tabs.tsx';
import { Console } from './Console.tsx';
import { Reports } from './Reports.tsx';
import type { View } from './views.ts';

const route = getRouteApi('/analytics');
const TABS = [
  { key: 'sql', label: 'SQL' },
  { key: 'reports', label: 'Reports' },
] as const;

/** Numbers: asked for in SQL, and as reports. */
export default function Analytics() {
  const { view = 'sql' } = route.useSearch();
  const go = route.useNavigate();
  return (
    <div className="grid grid-cols-1 gap-4">
      <h1 className="text-xl font-semibold">Analytics</h1>
      <Tabs label="Analytics" tabs={TABS} shown={view} onShow={(key: View) => void go({ search: { view: key === 'sql' ? undefined : key } })}>
        {view === 'sql' && <Console />}
        {view === 'reports' && <Reports />}
      </Tabs>
    </div>
  );
}
