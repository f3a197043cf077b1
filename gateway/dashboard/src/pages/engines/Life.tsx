import { useMutation, useQuery } from '@tanstack/react-query';
import { Play, RotateCw, Square } from 'lucide-react';
import { useState } from 'react';
import { api, queries, read } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Confirm } from '@/kit/Confirm.tsx';
import type { Engine } from '@/kit/engines.ts';
import { counted } from '@/kit/figures.ts';
import { toast } from '@/kit/toast.ts';
import type { Status } from './engines.ts';

/** Starts, stops and restarts an engine. What interrupts asks first; a restart shows how far it is. */
export function Life({ engine, status }: { engine: Engine; status: Status | undefined }) {
  const [asked, setAsked] = useState<'stop' | 'restart' | null>(null);
  const { queue, name } = engine;
  const starting = useMutation({ mutationFn: () => start(engine), onError: (error) => toast({ kind: 'crit', text: error.message }) });
  const restarting = useMutation({ mutationFn: () => restart(engine), onError: (error) => toast({ kind: 'crit', text: `${name} was not restarted: ${error.message}` }) });
  const close = () => setAsked(null);
  const running = status?.running ?? 0;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {restarting.isPending && <Restarting queue={queue} />}
      {status?.status === 'stopped' ? (
        <Button icon={<Play size={14} aria-hidden />} busy={starting.isPending} onClick={() => starting.mutate()}>
          Start
        </Button>
      ) : (
        <Button icon={<Square size={14} aria-hidden />} disabled={status === undefined} onClick={() => setAsked('stop')}>
          Stop
        </Button>
      )}
      <Button icon={<RotateCw size={14} aria-hidden />} busy={restarting.isPending} disabled={status === undefined} onClick={() => setAsked('restart')}>
        Restart
      </Button>
      {asked === 'stop' && (
        <Confirm title={`Stop ${name}?`} word="Stop" act={() => stop(engine)} onClose={close}>
          {running > 0 ? `${counted(running, 'task')} that ${running === 1 ? 'runs' : 'run'} will end, and nothing new begins.` : 'Nothing of it runs, and nothing new begins.'} What waits ({counted(status?.queued ?? 0, 'task')}) is kept.
        </Confirm>
      )}
      {asked === 'restart' && (
        <Confirm
          title={`Restart ${name}?`}
          word="Restart"
          act={() => {
            restarting.mutate();
            return Promise.resolve();
          }}
          onClose={close}
        >
          {counted(status?.workers ?? 0, 'worker process', 'worker processes')} that {status?.workers === 1 ? 'serves' : 'serve'} it will be replaced, one after the other. What runs ends or is handed back: nothing is lost.
        </Confirm>
      )}
    </div>
  );
}

/** How many of the workers that were there have made room. */
function Restarting({ queue }: { queue: string }) {
  const { data } = useQuery({ ...read('/api/engines/{type}/metrics', { params: { path: { type: queue } } }), refetchInterval: 500 });
  const [first] = useState(data?.workers);
  const gone = first?.filter((id) => data?.workers.includes(id) === false).length ?? 0;
  const all = first?.length ?? 0;
  return (
    <span role="status" className="num inline-flex items-center gap-2 text-sm text-text2">
      <progress aria-label="Workers replaced" className="h-1.5 w-24 accent-[var(--e-solid)]" max={Math.max(1, all)} value={gone} />
      {gone} of {counted(all, 'worker')} replaced
    </span>
  );
}

async function start({ queue, name }: Engine): Promise<void> {
  await api.POST('/api/engines/{type}/start', { params: { path: { type: queue } } });
  toast({ kind: 'ok', text: `${name} works.` });
  await queries.invalidateQueries();
}

async function stop({ queue, name }: Engine): Promise<void> {
  const { data } = await api.POST('/api/engines/{type}/stop', { params: { path: { type: queue } } });
  const silent = data?.silent.length ?? 0;
  toast({ kind: 'ok', text: `${name} is stopped.${silent > 0 ? ` ${counted(silent, 'worker')} did not answer.` : ''}` });
  await queries.invalidateQueries();
}

async function restart({ queue, name }: Engine): Promise<void> {
  const { data } = await api.POST('/api/engines/{type}/restart', { params: { path: { type: queue } } });
  const { replaced = [], alone = [], missing = [] } = data ?? {};
  const parts = [`${counted(replaced.length, 'worker')} replaced`];
  if (alone.length > 0) parts.push(`${alone.length} without a supervisor stayed`);
  if (missing.length > 0) parts.push(`${missing.length} left and nobody followed in time`);
  toast({ kind: missing.length > 0 ? 'crit' : 'ok', text: `${name}: ${parts.join(', ')}.` });
  await queries.invalidateQueries();
}
