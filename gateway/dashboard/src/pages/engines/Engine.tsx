import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, type ComponentType, type LazyExoticComponent } from 'react';
import { Boundary } from '@/kit/Boundary.tsx';
import { Card } from '@/kit/Card.tsx';
import { ENGINES } from '@/kit/engines.ts';
import { NotFoundState, Skeleton } from '@/kit/states.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { DepthHistory } from '@/pages/workers/DepthHistory.tsx';
import { useEngine } from './engines.ts';
import { Life } from './Life.tsx';

const route = getRouteApi('/engines/$name');
const PAGES: Record<string, LazyExoticComponent<ComponentType>> = {
  perfect_recall: lazy(() => import('./Recall.tsx')),
  parallel_mind: lazy(() => import('./Parallel.tsx')),
  creative: lazy(() => import('./Creative.tsx')),
  coordinator: lazy(() => import('./Coordinator.tsx')),
};

/** One engine in depth, in its colour. */
export default function Engine() {
  const { name } = route.useParams();
  const { range = '1h' } = route.useSearch();
  const engine = ENGINES.find(({ queue }) => queue === name);
  const seen = useEngine(name);
  const Page = PAGES[name];
  if (engine === undefined || Page === undefined) return <NotFoundState what={`The engine ${name}`} />;
  const Icon = engine.icon;
  return (
    <div data-engine={engine.queue} className="grid grid-cols-1 gap-4">
      <nav aria-label="Breadcrumb" className="text-sm text-text3">
        <Link to="/engines" className="hover:text-text hover:underline">
          Engines
        </Link>{' '}
        / <span className="text-text2">{engine.name}</span>
      </nav>
      <header className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="flex flex-wrap items-center gap-3 text-xl font-semibold">
          <span className="grid size-8 place-items-center rounded-control bg-engine-soft text-engine">
            <Icon size={18} aria-hidden />
          </span>
          {engine.name}
          {seen !== undefined && <StatusChip state={seen.value.status} filled />}
        </h1>
        <Life engine={engine} status={seen?.value} />
      </header>
      <Boundary key={name}>
        <Suspense fallback={<Skeleton rows={3} height={112} label="Loading the engine" />}>
          <Page />
          <Card title="Queue over time" aside={`The last ${range}`}>
            <DepthHistory queue={engine.queue} range={range} />
          </Card>
        </Suspense>
      </Boundary>
    </div>
  );
}
