import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { Skeleton } from '@/kit/states.tsx';
import { Tabs } from '@/kit/Tabs.tsx';
import { Console } from './Console.tsx';
import type { View } from './views.ts';

// The editor takes nearly all that a page may weigh: the other tabs come when they are opened.
const Reports = lazy(() => import('./Reports.tsx'));
const Prediction = lazy(() => import('./Prediction.tsx'));
const route = getRouteApi('/analytics');
const TABS = [
  { key: 'sql', label: 'SQL' },
  { key: 'reports', label: 'Reports' },
  { key: 'prediction', label: 'Prediction' },
] as const;

/** Numbers: asked for in SQL, as reports, and of what has not run yet. */
export default function Analytics() {
  const { view = 'sql' } = route.useSearch();
  const go = route.useNavigate();
  return (
    <div className="grid grid-cols-1 gap-4">
      <h1 className="text-xl font-semibold">Analytics</h1>
      <Tabs label="Analytics" tabs={TABS} shown={view} onShow={(key: View) => void go({ search: { view: key === 'sql' ? undefined : key } })}>
        {view === 'sql' && <Console />}
        <Suspense fallback={<Skeleton />}>
          {view === 'reports' && <Reports />}
          {view === 'prediction' && <Prediction />}
        </Suspense>
      </Tabs>
    </div>
  );
}
