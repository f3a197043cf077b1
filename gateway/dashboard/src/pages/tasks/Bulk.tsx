import { useMutation, useQuery } from '@tanstack/react-query';
import { api, queries, type Schemas } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Dialog } from '@/kit/Dialog.tsx';
import { counted, number } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { ErrorState } from '@/kit/states.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { toast } from '@/kit/toast.ts';

export type Action = 'cancel' | 'retry';

const WORDS = { cancel: ['Cancel', 'canceled'], retry: ['Retry', 'put back into the queue'] } as const;

async function change(action: Action, selection: Schemas['Selection']): Promise<Schemas['Bulk']> {
  const path = action === 'cancel' ? '/api/tasks/bulk-cancel' : '/api/tasks/bulk-retry';
  const { data } = await api.POST(path, { body: selection });
  return data!;
}

/** Counts what would be changed, and changes it once that was read. */
export function Bulk({ action, selection, onClose }: { action: Action; selection: Schemas['Selection']; onClose: () => void }) {
  const [word, done] = WORDS[action];
  const planned = useQuery({ queryKey: ['bulk', action, selection], queryFn: () => change(action, { ...selection, dry_run: true }), staleTime: 0, gcTime: 0 });
  const acting = useMutation({
    mutationFn: () => change(action, { ...selection, dry_run: false }),
    onSuccess: (told) => {
      const rest = [told.skipped ? `${number(told.skipped)} had changed meanwhile` : '', told.failed ? `${number(told.failed)} failed` : ''].filter(Boolean);
      toast({ kind: told.failed ? 'crit' : 'ok', text: [`${counted(told.done ?? 0, 'task')} ${done}`, ...rest].join('; ') });
      void queries.invalidateQueries({ queryKey: ['/api/tasks'] });
      onClose();
    },
  });
  const matched = planned.data?.matched;
  return (
    <Dialog
      title={`${word} tasks`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button kind={action === 'cancel' ? 'danger' : 'primary'} disabled={!matched} busy={acting.isPending} onClick={() => acting.mutate()}>
            {matched === undefined ? word : `${word} ${counted(matched, 'task')}`}
          </Button>
        </>
      }
    >
      <Shown query={planned}>
        {({ counts, more, matched: all }) =>
          all === 0 ? (
            <p className="text-text2">{action === 'cancel' ? 'None of these is unfinished: there is nothing to cancel.' : 'None of these failed, was canceled or rejected: there is nothing to retry.'}</p>
          ) : (
            <div className="grid gap-3">
              <p className="text-text2">
                {counted(all, 'task')} will be {done}
                {more ? '; there are more, which a second run takes' : ''}. {action === 'cancel' && 'What runs is stopped.'}
              </p>
              <ul className="grid max-h-64 overflow-auto text-sm">
                {counts.map(({ function: name, state, count }) => (
                  <li key={`${name} ${state}`} className="flex items-center gap-3 border-b border-line py-1.5 last:border-0">
                    <StatusChip state={state} />
                    <span className="min-w-0 truncate">{name}</span>
                    <span className="num ml-auto">{number(count)}</span>
                  </li>
                ))}
              </ul>
            </div>
          )
        }
      </Shown>
      {acting.error !== null && <ErrorState error={acting.error} />}
    </Dialog>
  );
}
