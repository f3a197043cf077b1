import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { read } from '@/api/client.ts';
import { Card } from '@/kit/Card.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState, Skeleton } from '@/kit/states.tsx';
import { Compose } from './Compose.tsx';
import { Gallery } from './Gallery.tsx';

const route = getRouteApi('/tasks/new');
const STAYS = 30_000;

/** What can be done, and doing it. */
export default function NewTask() {
  const { function: name, text, agent } = route.useSearch();
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      {name === undefined ? (
        <Link to="/tasks" className="w-fit text-sm text-text2 hover:text-text">
          ← Tasks
        </Link>
      ) : (
        <Link to="/tasks/new" search={{ text, agent }} className="w-fit text-sm text-text2 hover:text-text">
          ← All functions
        </Link>
      )}
      {name === undefined ? <Functions /> : <One key={name} name={name} />}
    </div>
  );
}

function Functions() {
  const query = useQuery({ ...read('/api/functions'), staleTime: STAYS });
  return (
    <>
      <h1 className="text-xl font-semibold">New task</h1>
      <Shown query={query} skeleton={<Skeleton rows={4} height={120} label="Loading functions" />}>
        {(all) =>
          all.length === 0 ? (
            <Card>
              <EmptyState command="revo worker">No worker has announced a function.</EmptyState>
            </Card>
          ) : (
            <Gallery all={all} />
          )
        }
      </Shown>
    </>
  );
}

function One({ name }: { name: string }) {
  const query = useQuery({ ...read('/api/functions/{name}', { params: { path: { name } } }), staleTime: STAYS });
  return (
    <Shown query={query} missing={`Function ${name}`} skeleton={<Skeleton rows={4} height={72} label="Loading the function" />}>
      {(info) => <Compose info={info} />}
    </Shown>
  );
}
