import { useMutation } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, queries, type Schemas } from '@/api/client.ts';
import { there } from '@/api/clock.ts';
import { Button } from '@/kit/Button.tsx';
import { Card } from '@/kit/Card.tsx';
import { Confirm } from '@/kit/Confirm.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { Skeleton } from '@/kit/states.tsx';
import { toast } from '@/kit/toast.ts';
import { useNow } from '@/kit/time.ts';
import { type Shortcut, useShortcuts } from '@/shell/keys.ts';
import { CopyAs } from './CopyAs.tsx';
import { Duplicate } from './Duplicate.tsx';
import { own, useFamily } from './family.ts';
import { Head } from './Head.tsx';
import { Pane } from './Pane.tsx';
import { Rate } from './Rate.tsx';
import { rows } from './spans.ts';
import { ENDED, past, useTask } from './known.tsx';
import { marks, useTold } from './useTold.ts';
import { Waterfall } from './Waterfall.tsx';

const route = getRouteApi('/tasks/$id');
type View = Schemas['TaskView'];

/** Why was it slow, why did it fail? */
export default function Task() {
  const { id } = route.useParams();
  const query = useTask(id);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Link to="/tasks" className="w-fit text-sm text-text2 hover:text-text">
        ← Tasks
      </Link>
      <Shown query={query} missing={`Task ${id}`} skeleton={<Skeleton rows={4} height={88} label="Loading the task" />}>
        {(view) => <Whole key={id} view={view} />}
      </Shown>
    </div>
  );
}

function Whole({ view }: { view: View }) {
  const { id } = view;
  const { tab, of = id } = route.useSearch();
  const go = route.useNavigate();
  const ended = ENDED.has(view.state);
  const told = useTold(id, !ended);
  const family = useFamily(id, !ended);
  const second = useNow();
  const now = there(second);
  const [asking, setAsking] = useState<'cancel' | 'copy' | null>(null);
  const retry = useMutation({
    mutationFn: () => api.POST('/api/tasks/{id}/retry', { params: { path: { id } } }),
    onSuccess: () => {
      toast({ kind: 'ok', text: 'It is back in the queue.' });
      void queries.invalidateQueries();
    },
    onError: (error) => toast({ kind: 'crit', text: error.message }),
  });
  const canRetry = ended && view.state !== 'completed' && !past(view);
  const { mutate } = retry;
  useShortcuts(
    useMemo<Shortcut[]>(
      () => [
        ...(ended ? [] : [{ keys: 'c', does: 'Cancel this task', act: () => setAsking('cancel') }]),
        ...(canRetry ? [{ keys: 'r', does: 'Retry this task', act: () => mutate() }] : []),
        { keys: 'd', does: 'Duplicate it with edited input', act: () => setAsking('copy') },
      ],
      [ended, canRetry, mutate],
    ),
  );
  const spans = useMemo(() => {
    const self = own(view, marks(told));
    const members = (family.data?.members ?? []).filter((member) => member.id !== id);
    return rows([self, ...members], id, now);
    // What has ended is not laid out anew each second.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [view, told, family.data, id, ended ? 0 : now]);
  const open = spans.find((span) => span.id === of) === undefined ? id : of;
  return (
    <>
      <Head view={view} told={told} now={now} />
      <div className="flex flex-wrap items-center gap-2">
        {!ended && (
          <Button kind="danger" shortcut="c" onClick={() => setAsking('cancel')}>
            Cancel
          </Button>
        )}
        {canRetry && (
          <Button kind="primary" busy={retry.isPending} onClick={() => mutate()}>
            Retry
          </Button>
        )}
        {!past(view) && (
          <Button shortcut="d" onClick={() => setAsking('copy')}>
            Duplicate…
          </Button>
        )}
        <CopyAs view={view} />
        {ended && <Rate id={id} />}
      </div>
      <Card title="Timeline" aside={spans.length > 1 ? `${spans.length} tasks` : 'Line: queued. Bar: an attempt.'}>
        <Waterfall spans={spans} chosen={open} now={now} onChoose={(next) => void go({ search: (before) => ({ ...before, of: next === id ? undefined : next }), replace: true })} />
        {family.data?.more === true && <p className="pt-2 text-xs text-warn">There are more tasks below it than are drawn here.</p>}
        {family.error !== null && <p className="pt-2 text-xs text-warn">The tasks below it cannot be told: {family.error.message}</p>}
      </Card>
      <Card>
        <Pane key={open} id={open} tab={tab} told={open === id ? told : null} onTab={(next) => void go({ search: (before) => ({ ...before, tab: next }), replace: true })} />
      </Card>
      {asking === 'cancel' && (
        <Confirm
          title="Cancel this task"
          word="Cancel the task"
          danger
          onClose={() => setAsking(null)}
          act={async () => {
            await api.DELETE('/api/tasks/{id}', { params: { path: { id } } });
            toast({ kind: 'ok', text: 'It is canceled.' });
            await queries.invalidateQueries();
          }}
        >
          {view.state === 'running' ? 'It runs: the worker is told to stop, and what it did until now is lost.' : 'It has not begun, and will not.'}
        </Confirm>
      )}
      {asking === 'copy' && !past(view) && <Duplicate view={view} onClose={() => setAsking(null)} />}
    </>
  );
}

