import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { api, type Schemas } from '@/api/client.ts';
import { Card } from '@/kit/Card.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { Ask } from './Ask.tsx';
import { Calibration } from './Calibration.tsx';
import { Forecast } from './Forecast.tsx';
import { command, type Question, question } from './prediction.ts';

const route = getRouteApi('/analytics');

/** What history says of tasks that have not run, and whether it may be believed. */
export default function Prediction() {
  const search = route.useSearch();
  const sought = question(search);
  return (
    <div className="grid grid-cols-1 gap-4">
      <Card title="Before it runs">
        <Ask />
      </Card>
      <Card title="Prediction">{sought === null ? <EmptyState command={command(search)}>Name a function to hear how likely it completes, how long it takes and what it costs.</EmptyState> : <Answered sought={sought} />}</Card>
      <Calibration />
    </div>
  );
}

function Answered({ sought }: { sought: Question }) {
  const query = useQuery({
    queryKey: ['/api/analytics/predict', sought],
    queryFn: async ({ signal }) => (await api.POST('/api/analytics/predict', { body: sought, signal })).data as Schemas['Prediction'],
    staleTime: 30_000,
  });
  return <Shown query={query}>{(told) => <Forecast told={told} />}</Shown>;
}
