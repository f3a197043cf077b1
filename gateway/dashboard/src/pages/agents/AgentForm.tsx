import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api, queries, read } from '@/api/client.ts';
import { Failure } from '@/api/failure.ts';
import { Button } from '@/kit/Button.tsx';
import { Dialog } from '@/kit/Dialog.tsx';
import { ErrorState } from '@/kit/states.tsx';
import { toast } from '@/kit/toast.ts';
import { definitionOf, type Draft, draftOf, EMPTY, wrongWith } from './definition.ts';
import { Labeled, NumberField } from './fields.tsx';
import type { Agent } from './filters.ts';
import { Names } from './Names.tsx';

interface Props {
  /** The one that is changed; without it a new one is registered. */
  agent?: Agent;
  onClose: () => void;
  onSaved?: (agent: Agent) => void;
}

const OUT_OF_DATE = 412;

/** Registers an agent, or changes one where nobody was faster. */
export default function AgentForm({ agent, onClose, onSaved }: Props) {
  const form = useId();
  const [draft, setDraft] = useState<Draft>(() => (agent?.definition ? draftOf(agent.id, agent.definition) : EMPTY));
  const [revision, setRevision] = useState(agent?.revision ?? 0);
  const { data: functions } = useQuery({ ...read('/api/functions'), staleTime: 60_000 });
  const names = functions?.map(({ name }) => name) ?? [];
  const known = [...new Set([...names.map((name) => name.split('.')[0] ?? ''), ...names])].sort();
  const saving = useMutation({
    mutationFn: () => save(draft, agent === undefined ? null : revision),
    onSuccess: (saved) => {
      toast({ kind: 'ok', text: agent === undefined ? `${saved.id} is registered.` : `${saved.id} is changed.` });
      void queries.invalidateQueries();
      onClose();
      onSaved?.(saved);
    },
  });
  const newest = async () => {
    const now = (await api.GET('/api/agents/{id}', { params: { path: { id: draft.id } } })).data;
    if (!now?.definition) return;
    setDraft(draftOf(now.id, now.definition));
    setRevision(now.revision);
    saving.reset();
  };
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const wrong = wrongWith(draft.config);
  const outdated = saving.error instanceof Failure && saving.error.status === OUT_OF_DATE;
  return (
    <Dialog
      title={agent === undefined ? 'Register an agent' : `Change ${agent.id}`}
      onClose={onClose}
      wide
      actions={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button kind="primary" type="submit" form={form} busy={saving.isPending} disabled={draft.capabilities.length === 0 || wrong !== ''}>
            {agent === undefined ? 'Register' : 'Save'}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        {agent === undefined && (
          <Labeled label="Id" hint="Letters, digits, - and _. It cannot be changed." render={(field) => <input {...field} required autoComplete="off" value={draft.id} onChange={(event) => set({ id: event.target.value })} />} />
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          <Labeled label="Name" render={(field) => <input {...field} maxLength={200} value={draft.name} onChange={(event) => set({ name: event.target.value })} />} />
          <Labeled label="Model" hint="The one that it prefers." render={(field) => <input {...field} maxLength={200} value={draft.model} onChange={(event) => set({ model: event.target.value })} />} />
        </div>
        <Labeled label="Description" render={(field) => <textarea {...field} rows={2} maxLength={4000} value={draft.description} onChange={(event) => set({ description: event.target.value })} />} />
        <Names label="Capabilities" hint="Queues or functions, at least one. Enter takes what is written." known={known} value={draft.capabilities} onChange={(capabilities) => set({ capabilities })} />
        <Names label="Permissions" hint="Only these functions or queues of them; all of its capabilities where none is named." known={known} value={draft.permissions} onChange={(permissions) => set({ permissions })} />
        <fieldset className="grid gap-4 border-t border-line pt-3 sm:grid-cols-3">
          <legend className="sr-only">Limits</legend>
          <NumberField label="Timeout" hint="Seconds for one attempt, at most." least={0} most={604_800} value={draft.timeout} onChange={(timeout) => set({ timeout })} />
          <NumberField label="Attempts" hint="Of one task, at most." least={1} most={100} whole value={draft.maxAttempts} onChange={(maxAttempts) => set({ maxAttempts })} />
          <Labeled
            label="Priority"
            hint="No task of it is more urgent."
            render={(field) => (
              <select {...field} value={draft.priority} onChange={(event) => set({ priority: event.target.value })}>
                <option value="">No limit</option>
                {['critical', 'high', 'medium', 'low'].map((priority) => (
                  <option key={priority}>{priority}</option>
                ))}
              </select>
            )}
          />
          <NumberField label="At once" hint="Tasks, queued ones included; more are refused." least={1} most={1000} whole value={draft.maxConcurrent} onChange={(maxConcurrent) => set({ maxConcurrent })} />
          <NumberField label="Memory" hint="MiB for one attempt, 256 at least." least={256} value={draft.memory} onChange={(memory) => set({ memory })} />
        </fieldset>
        <fieldset className="grid gap-4 border-t border-line pt-3 sm:grid-cols-3">
          <legend className="sr-only">Thresholds</legend>
          <NumberField label="Response time" hint="Alert where the median is above: ms, otherwise 5000." least={0} value={draft.responseMs} onChange={(responseMs) => set({ responseMs })} />
          <NumberField label="Success rate" hint="Alert below: percent, otherwise 85." least={0} most={100} value={draft.successRate} onChange={(successRate) => set({ successRate })} />
          <NumberField label="Error rate" hint="Alert above: percent, otherwise 10." least={0} most={100} value={draft.errorRate} onChange={(errorRate) => set({ errorRate })} />
        </fieldset>
        <Labeled
          label="Configuration (JSON)"
          hint={wrong === '' ? 'Defaults for the inputs of its tasks.' : <span className="text-crit">{wrong}</span>}
          render={(field) => <textarea {...field} rows={4} spellCheck={false} aria-invalid={wrong !== ''} className={`${field.className} font-mono text-xs`} placeholder={'{"path": "src"}'} value={draft.config} onChange={(event) => set({ config: event.target.value })} />}
        />
        <label className="flex items-center gap-2">
          <input type="checkbox" className="size-4 accent-[var(--focus)]" checked={draft.enabled} onChange={(event) => set({ enabled: event.target.checked })} />
          It takes tasks
        </label>
        {saving.error !== null && <ErrorState error={saving.error} />}
        {outdated && (
          <Button className="justify-self-start" onClick={() => void newest()}>
            Show what it is now
          </Button>
        )}
      </form>
    </Dialog>
  );
}

async function save(draft: Draft, revision: number | null): Promise<Agent> {
  const definition = definitionOf(draft) as Agent['definition'] & object;
  if (revision === null) {
    const { data } = await api.POST('/api/agents', { body: { ...definition, id: draft.id } });
    return data as Agent;
  }
  const { data } = await api.PUT('/api/agents/{id}', {
    params: { path: { id: draft.id } },
    headers: { 'If-Match': `"${revision}"` },
    body: definition,
  });
  return data as Agent;
}
