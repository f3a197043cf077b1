import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { read } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Choice } from '@/kit/Choice.tsx';
import { Field } from '@/kit/Field.tsx';
import { address, type Asked, asked, EXAMPLE, question, type Wrong } from './prediction.ts';
import { PRIORITIES } from './views.ts';

const route = getRouteApi('/analytics');
const WAYS = [
  { key: 'one', label: 'One function' },
  { key: 'steps', label: 'Steps' },
] as const;

/** What is to be predicted. It goes into the address, which is what is asked. */
export function Ask() {
  const search = route.useSearch();
  const go = route.useNavigate();
  const [way, setWay] = useState<'one' | 'steps'>(search.steps === undefined ? 'one' : 'steps');
  const [form, setForm] = useState(() => asked(search));
  const [wrong, setWrong] = useState<Wrong>({});
  const [seen, setSeen] = useState(() => JSON.stringify(question(search)));
  const now = JSON.stringify(question(search));
  if (now !== seen) {
    // Back, forward and a link fill the form in; what is typed stays until then.
    setSeen(now);
    setForm(asked(search));
    setWay(search.steps === undefined ? 'one' : 'steps');
  }
  const functions = useQuery({ ...read('/api/functions'), staleTime: 60_000 });
  const agents = useQuery({ ...read('/api/agents'), staleTime: 60_000 });
  const set = (part: Partial<Asked>) => setForm((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const next = address(form, way === 'steps');
    setWrong(next.wrong);
    if (Object.keys(next.wrong).length === 0) void go({ search: (before) => ({ ...before, ...next.search }) });
  };
  const text = (field: keyof Asked, label: string, more: { hint?: string; list?: string; type?: string; mode?: 'numeric' } = {}) => (
    <Field label={label} hint={more.hint} wrong={wrong[field]}>
      {(tied) => <input {...tied} type={more.type ?? 'text'} list={more.list} inputMode={more.mode} maxLength={200} autoComplete="off" value={form[field]} onChange={(event) => set({ [field]: event.target.value })} />}
    </Field>
  );
  return (
    <form className="grid gap-4" onSubmit={submit} noValidate>
      <div>
        <Choice label="What is predicted" options={WAYS} chosen={way} onChoose={setWay} />
      </div>
      {way === 'one' ? (
        <>
          <div className="grid gap-4 md:grid-cols-3">
            {text('function', 'Function', { list: 'predicted-functions', hint: 'Its full name, such as security.scan.' })}
            {text('agent', 'Agent', { list: 'predicted-agents' })}
            {text('model', 'Model')}
          </div>
          <div className="grid gap-4 sm:grid-cols-2 md:grid-cols-4">
            {text('size', 'Size of the input, bytes', { mode: 'numeric' })}
            {text('when', 'Starts at, UTC', { type: 'datetime-local', hint: 'Only the hour of the day counts.' })}
            {text('count', 'How many tasks', { mode: 'numeric', hint: 'Empty: one.' })}
            <Priority value={form.priority} onChange={(priority) => set({ priority })} />
          </div>
        </>
      ) : (
        <div className="grid gap-4 md:grid-cols-[minmax(0,1fr)_12rem]">
          <Field label="Steps, as JSON" hint="One after the other; a list among them runs side by side. Each: function, agent, model, size, when, count." wrong={wrong.steps}>
            {(tied) => <textarea {...tied} rows={4} spellCheck={false} placeholder={EXAMPLE} className={`${tied.className} font-mono text-sm`} value={form.steps} onChange={(event) => set({ steps: event.target.value })} />}
          </Field>
          <Priority value={form.priority} onChange={(priority) => set({ priority })} />
        </div>
      )}
      <datalist id="predicted-functions">{functions.data?.map(({ name }) => <option key={name}>{name}</option>)}</datalist>
      <datalist id="predicted-agents">{agents.data?.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}</datalist>
      <div className="flex justify-end">
        <Button kind="primary" type="submit">
          Predict
        </Button>
      </div>
    </form>
  );
}

function Priority({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <Field label="Priority">
      {(tied) => (
        <select {...tied} value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="">As usual</option>
          {PRIORITIES.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      )}
    </Field>
  );
}
