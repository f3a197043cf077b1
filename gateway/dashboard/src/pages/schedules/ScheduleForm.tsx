import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api, read, type Schemas } from '@/api/client.ts';
import { Failure } from '@/api/failure.ts';
import { Button } from '@/kit/Button.tsx';
import { Dialog } from '@/kit/Dialog.tsx';
import { Field } from '@/kit/Field.tsx';
import { ErrorState } from '@/kit/states.tsx';
import { toast } from '@/kit/toast.ts';
import { InputFields } from './InputFields.tsx';
import { type Draft, draftOf, EMPTY, moments, PRIORITIES, type View } from './plan.ts';
import { changed } from './useSchedules.ts';
import { When } from './When.tsx';

interface Props {
  /** The one that is changed; without it a new one is made. */
  view?: View;
  onClose: () => void;
  onSaved?: (name: string) => void;
}

const OUT_OF_DATE = 412;

/** Makes a schedule, or changes one where nobody was faster. A single time makes a delayed task. */
export default function ScheduleForm({ view, onClose, onSaved }: Props) {
  const form = useId();
  const functions = useQuery({ ...read('/api/functions'), staleTime: 60_000 });
  const [draft, setDraft] = useState<Draft>(() => (view === undefined ? EMPTY : draftOf(view)));
  const [revision, setRevision] = useState(view?.revision ?? null);
  const [unread, setUnread] = useState(false);
  const [begun, setBegun] = useState(0);
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const saving = useMutation({
    mutationFn: () => save(draft, revision),
    onSuccess: ({ text, warnings }) => {
      toast(warnings.length > 0 ? { kind: 'info', text: `${text} ${warnings.join(' ')}` } : { kind: 'ok', text });
      void changed();
      onClose();
      if (draft.kind !== 'at') onSaved?.(draft.name);
    },
  });
  const newest = async () => {
    const { data } = await api.GET('/api/schedules/{name}', { params: { path: { name: draft.name } } });
    if (data === undefined) return;
    setDraft(draftOf(data));
    setRevision(data.revision);
    setBegun(begun + 1);
    saving.reset();
    void changed();
  };
  const info = functions.data?.find(({ name }) => name === draft.function);
  const outdated = saving.error instanceof Failure && saving.error.status === OUT_OF_DATE;
  const complete = draft.function !== '' && (draft.kind === 'at' || draft.name !== '') && moments(draft) !== null && !unread;
  return (
    <Dialog
      title={view === undefined ? 'New schedule' : `Change ${view.name}`}
      onClose={onClose}
      wide
      actions={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button kind="primary" type="submit" form={form} busy={saving.isPending} disabled={!complete}>
            {view === undefined ? (draft.kind === 'at' ? 'Delay the task' : 'Make it') : 'Save'}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="grid grid-cols-1 gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        <div className="grid gap-4 sm:grid-cols-[1fr_2fr_8rem]">
          <Field label={draft.kind === 'at' ? 'Task id' : 'Name'} hint={draft.kind === 'at' ? 'Left out, it gets one.' : 'Letters, digits, - and _.'}>
            {(tied) => <input {...tied} required={draft.kind !== 'at'} autoComplete="off" maxLength={64} readOnly={view !== undefined} value={draft.name} onChange={(event) => set({ name: event.target.value })} />}
          </Field>
          <Field label="Function" hint={draft.function !== '' && functions.data !== undefined && info === undefined ? 'No worker has announced it: its runs will wait.' : 'Type to search.'}>
            {(tied) => (
              <>
                <input {...tied} required list={`${form}-functions`} autoComplete="off" value={draft.function} onChange={(event) => set({ function: event.target.value.trim() })} />
                <datalist id={`${form}-functions`}>
                  {functions.data?.map(({ name }) => (
                    <option key={name}>{name}</option>
                  ))}
                </datalist>
              </>
            )}
          </Field>
          <Field label="Priority">
            {(tied) => (
              <select {...tied} value={draft.priority} onChange={(event) => set({ priority: event.target.value })}>
                {PRIORITIES.map((priority) => (
                  <option key={priority}>{priority}</option>
                ))}
              </select>
            )}
          </Field>
        </div>
        <When draft={draft} once={view === undefined} onChange={set} />
        <InputFields key={`${draft.function} ${begun}`} schema={info?.input_schema} value={draft.input} onChange={(input) => set({ input })} onUnread={setUnread} />
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

async function save(draft: Draft, revision: number | null): Promise<{ text: string; warnings: string[] }> {
  const { function: name, priority, input } = draft;
  const when = moments(draft) ?? {};
  if (draft.kind === 'at') {
    const own = draft.name === '' ? {} : { id: draft.name };
    await api.POST('/api/tasks', { body: { function: name, priority, input, ...own, ...when } as unknown as Schemas['Submission'] });
    return { text: `${name} will run once.`, warnings: [] };
  }
  // What is left out has its default; the type is that of what is read, with all of it.
  const body = { name: draft.name, function: name, priority, input, ...when } as unknown as Schemas['Schedule'];
  if (revision === null) {
    const { data } = await api.POST('/api/schedules', { body, headers: { 'If-None-Match': '*' } });
    return { text: `${draft.name} is made.`, warnings: data?.warnings ?? [] };
  }
  const { data } = await api.PUT('/api/schedules/{name}', { params: { path: { name: draft.name } }, headers: { 'If-Match': `"${revision}"` }, body });
  return { text: `${draft.name} is changed.`, warnings: data?.warnings ?? [] };
}
