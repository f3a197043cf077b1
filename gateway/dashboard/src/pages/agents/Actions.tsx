import { useMutation } from '@tanstack/react-query';
import { Pencil, Play, Send, Square, Trash2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { api, queries } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Confirm } from '@/kit/Confirm.tsx';
import { counted } from '@/kit/figures.ts';
import { toast } from '@/kit/toast.ts';
import type { Agent } from './filters.ts';

const AgentForm = lazy(() => import('./AgentForm.tsx'));
const AssignTask = lazy(() => import('./AssignTask.tsx'));

type Asked = 'assign' | 'edit' | 'remove' | 'stop' | null;

/** What can be done with an agent. Stopping and forgetting ask first, starting does not. */
export function Actions({ agent, onRemoved }: { agent: Agent; onRemoved: () => void }) {
  const [asked, setAsked] = useState<Asked>(null);
  const { id } = agent;
  const starting = useMutation({ mutationFn: () => switched(id, 'start'), onError: (error) => toast({ kind: 'crit', text: error.message }) });
  const close = () => setAsked(null);
  const stopped = agent.status === 'stopped' || !agent.enabled;
  return (
    <div className="flex flex-wrap gap-2">
      <Button kind="primary" icon={<Send size={14} aria-hidden />} onClick={() => setAsked('assign')}>
        Assign task
      </Button>
      {stopped ? (
        <Button icon={<Play size={14} aria-hidden />} busy={starting.isPending} onClick={() => starting.mutate()}>
          Start
        </Button>
      ) : (
        <Button icon={<Square size={14} aria-hidden />} onClick={() => setAsked('stop')}>
          Stop
        </Button>
      )}
      {agent.origin === 'registered' && (
        <>
          <Button icon={<Pencil size={14} aria-hidden />} onClick={() => setAsked('edit')}>
            Edit
          </Button>
          <Button kind="danger" icon={<Trash2 size={14} aria-hidden />} onClick={() => setAsked('remove')}>
            Delete
          </Button>
        </>
      )}
      {asked === 'stop' && (
        <Confirm title={`Stop ${id}?`} word="Stop" act={() => switched(id, 'stop')} onClose={close}>
          {agent.running > 0 ? `${counted(agent.running, 'task')} that ${agent.running === 1 ? 'runs' : 'run'} will end.` : 'Nothing of it runs.'}{' '}
          {agent.origin === 'announced' ? `What waits (${counted(agent.queued, 'task')}) waits on, until it is started.` : 'It takes no tasks until it is started.'}
        </Confirm>
      )}
      {asked === 'remove' && (
        <Confirm title={`Delete ${id}?`} word="Delete" danger act={() => remove(agent).then(onRemoved)} onClose={close}>
          Its definition is forgotten; {agent.running > 0 ? `${counted(agent.running, 'task')} that ${agent.running === 1 ? 'runs goes' : 'run go'} on, and ` : ''}its history can still be read.
        </Confirm>
      )}
      <Suspense>
        {asked === 'edit' && <AgentForm agent={agent} onClose={close} />}
        {asked === 'assign' && <AssignTask agent={agent} onClose={close} />}
      </Suspense>
    </div>
  );
}

async function switched(id: string, to: 'start' | 'stop'): Promise<void> {
  const params = { path: { id } };
  await (to === 'start' ? api.POST('/api/agents/{id}/start', { params }) : api.POST('/api/agents/{id}/stop', { params }));
  toast({ kind: 'ok', text: to === 'start' ? `${id} works again.` : `${id} is stopped.` });
  await queries.invalidateQueries();
}

async function remove({ id, revision }: Agent): Promise<void> {
  await api.DELETE('/api/agents/{id}', { params: { path: { id } }, headers: { 'If-Match': `"${revision}"` } });
  toast({ kind: 'ok', text: `${id} is deleted.` });
  queries.removeQueries({ queryKey: ['/api/agents/{id}'] });
}
