import { useMutation } from '@tanstack/react-query';
import { CirclePause, Pencil, Play, RotateCw, Trash2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Button } from '@/kit/Button.tsx';
import { Confirm } from '@/kit/Confirm.tsx';
import { toast } from '@/kit/toast.ts';
import type { View } from './plan.ts';
import { paused, remove, run } from './useSchedules.ts';

const ScheduleForm = lazy(() => import('./ScheduleForm.tsx'));

const onError = (error: Error) => toast({ kind: 'crit', text: error.message });

/** What can be done with a recurring task. Only what cannot be taken back asks first. */
export function Actions({ view, short = false, onRemoved }: { view: View; short?: boolean; onRemoved?: () => void }) {
  const [asked, setAsked] = useState<'edit' | 'remove' | null>(null);
  const running = useMutation({ mutationFn: () => run(view), onError });
  const pausing = useMutation({ mutationFn: () => paused(view, !view.paused), onError });
  const close = () => setAsked(null);
  const { name } = view;
  return (
    <div className="flex flex-wrap gap-2">
      <Button icon={<Play size={14} aria-hidden />} busy={running.isPending} aria-label={`Run now: ${name}`} onClick={() => running.mutate()}>
        Run now
      </Button>
      <Button
        icon={view.paused ? <RotateCw size={14} aria-hidden /> : <CirclePause size={14} aria-hidden />}
        busy={pausing.isPending}
        aria-label={`${view.paused ? 'Resume' : 'Pause'} ${name}`}
        onClick={() => pausing.mutate()}
      >
        {view.paused ? 'Resume' : 'Pause'}
      </Button>
      {!short && (
        <>
          <Button icon={<Pencil size={14} aria-hidden />} onClick={() => setAsked('edit')}>
            Edit
          </Button>
          <Button kind="danger" icon={<Trash2 size={14} aria-hidden />} onClick={() => setAsked('remove')}>
            Delete
          </Button>
        </>
      )}
      {asked === 'remove' && (
        <Confirm title={`Delete ${name}?`} word="Delete 1 schedule" danger act={() => remove(view).then(onRemoved)} onClose={close}>
          It comes no more. What it has put into the queue already stays there, and its past runs can still be read.
        </Confirm>
      )}
      {asked === 'edit' && (
        <Suspense>
          <ScheduleForm view={view} onClose={close} />
        </Suspense>
      )}
    </div>
  );
}
