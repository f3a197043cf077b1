import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api, read } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Confirm } from '@/kit/Confirm.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { toast } from '@/kit/toast.ts';
import { drafted, type Target, wants, where } from './target.ts';
import { TargetDialog } from './TargetDialog.tsx';
import { remove, targets, targetsChanged } from './targets.ts';

const route = getRouteApi('/alerts');
const OVER = new Set(['completed', 'failed', 'rejected', 'canceled']);
const COMMAND = 'revo notification set pager --webhook https://hooks.example.org/revo --secret-env PAGER_SECRET';

/** Who is told of alerts, and how. */
export default function Targets() {
  const { target } = route.useSearch();
  const go = route.useNavigate();
  const query = useQuery(targets);
  const show = (name: string | undefined) => void go({ search: (before) => ({ ...before, target: name }) });
  const add = (
    <Button icon={<Plus size={14} aria-hidden />} onClick={() => show('new')}>
      New target
    </Button>
  );
  return (
    <>
      <Shown query={query}>
        {({ all, etag }) =>
          all.length === 0 ? (
            <EmptyState command={COMMAND} action={add}>Nobody is told of alerts.</EmptyState>
          ) : (
            <div className="grid gap-3">
              <div className="flex justify-end">{add}</div>
              <ul className="grid gap-2" aria-label="Targets">
                {all.map((own) => (
                  <Item key={own.name} target={own} etag={etag} onOpen={() => show(own.name)} />
                ))}
              </ul>
            </div>
          )
        }
      </Shown>
      {target !== undefined && <TargetDialog key={target} name={target} query={query} onClose={() => show(undefined)} />}
    </>
  );
}

function Item({ target, etag, onOpen }: { target: Target; etag: string | null; onOpen: () => void }) {
  const [asking, setAsking] = useState(false);
  const params = { path: { name: target.name } };
  const test = useMutation({
    mutationFn: async () => (await api.POST('/api/monitoring/notifications/{name}/test', { params })).data,
    onError: (error) => toast({ kind: 'crit', text: error.message }),
  });
  const end = async () => {
    try {
      await remove({ name: target.name, before: target, etag });
      toast({ kind: 'ok', text: `${target.name} is told nothing any more.` });
    } finally {
      await targetsChanged();
    }
  };
  return (
    <li className="card grid gap-3 p-3 md:grid-cols-[minmax(0,1fr)_auto] md:items-center">
      <div className="min-w-0">
        <button type="button" className="font-medium hover:underline" onClick={onOpen}>
          {target.name}
        </button>
        {!drafted(target).enabled && <span className="ml-2 text-xs text-text3">off</span>}
        <p className="text-sm break-words text-text2">{where(target)}</p>
        <p className="text-sm break-words text-text3">{wants(target)}</p>
        {test.data !== undefined && <Sent id={test.data.id} />}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button busy={test.isPending} onClick={() => test.mutate()}>
          Send a test
        </Button>
        <Button kind="danger" onClick={() => setAsking(true)}>
          Delete…
        </Button>
      </div>
      {asking && (
        <Confirm title={`Delete ${target.name}`} word={`Delete ${target.name}`} danger act={end} onClose={() => setAsking(false)}>
          One target is told of no alert any more: {where(target)}. What was sent to it already goes on.
        </Confirm>
      )}
    </li>
  );
}

/** The task that tells it, and what came of it. */
function Sent({ id }: { id: string }) {
  const { data } = useQuery({
    ...read('/api/tasks/{id}', { params: { path: { id } } }),
    refetchInterval: (query) => (OVER.has(query.state.data?.state ?? '') ? false : 1_000),
  });
  const to: string = `/tasks/${encodeURIComponent(id)}`;
  return (
    <p role="status" className="mt-1 flex min-w-0 flex-wrap items-center gap-x-2 text-sm">
      A test is sent by the task{' '}
      <Link to={to} className="max-w-full truncate font-mono text-xs underline underline-offset-2">
        {id}
      </Link>
      {data !== undefined && <StatusChip state={data.state} />}
    </p>
  );
}
