import { useMutation } from '@tanstack/react-query';
import { Play, Skull, Unplug } from 'lucide-react';
import { useState } from 'react';
import { api, queries } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Confirm } from '@/kit/Confirm.tsx';
import { counted } from '@/kit/figures.ts';
import { toast } from '@/kit/toast.ts';
import type { Shown } from './fleet.ts';

/** Drain, resume, and where the system is one's own: kill, to see what follows. */
export function WorkerActions({ worker, faults, lost, onRecovery }: { worker: Shown; faults: boolean; lost: boolean; onRecovery: () => void }) {
  const [asked, setAsked] = useState<'drain' | 'kill' | null>(null);
  const { id, state, part, held } = worker;
  const params = { path: { id } };
  const resuming = useMutation({
    mutationFn: () => api.POST('/api/workers/{id}/resume', { params }),
    onSuccess: () => told(`${part ?? id} starts again.`),
    onError: (error) => toast({ kind: 'crit', text: error.message }),
  });
  const close = () => setAsked(null);
  const running = counted(held.length, 'task');
  return (
    <div className="flex flex-wrap content-start gap-2 lg:justify-end">
      {state === 'alive' && (
        <Button icon={<Unplug size={14} aria-hidden />} onClick={() => setAsked('drain')}>
          Drain
        </Button>
      )}
      {lost && state === 'gone' && <Button onClick={onRecovery}>Recovery</Button>}
      {state === 'drained' && (
        <Button icon={<Play size={14} aria-hidden />} busy={resuming.isPending} onClick={() => resuming.mutate()}>
          Resume
        </Button>
      )}
      {faults && worker.faults && (state === 'alive' || state === 'frozen' || state === 'draining') && (
        <Button kind="danger" icon={<Skull size={14} aria-hidden />} onClick={() => setAsked('kill')}>
          Kill
        </Button>
      )}
      {asked === 'drain' && (
        <Confirm
          title={`Drain ${id}?`}
          word="Drain"
          act={async () => {
            await api.POST('/api/workers/{id}/drain', { params });
            told(`${id} drains.`);
          }}
          onClose={close}
        >
          It takes nothing new. {held.length > 0 ? `${running} that it runs will end, however long that takes` : 'It runs nothing'}, then its process ends.{' '}
          {part ? 'Its place stays empty until you resume it.' : 'It has no supervisor: nobody can resume it.'}
        </Confirm>
      )}
      {asked === 'kill' && (
        <Confirm
          title={`Kill ${id}?`}
          word="Kill"
          danger
          act={async () => {
            await api.POST('/api/workers/{id}/kill', { params });
            onRecovery();
            await queries.invalidateQueries();
          }}
          onClose={close}
        >
          Its process gets SIGKILL from its supervisor, as in a crash. {held.length > 0 ? `${running} that it runs ${held.length === 1 ? 'begins' : 'begin'} again elsewhere` : 'It runs nothing'}, and another worker takes its place. You will see how long that takes.
        </Confirm>
      )}
    </div>
  );
}

function told(text: string): void {
  toast({ kind: 'ok', text });
  void queries.invalidateQueries();
}
