import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';
import { api, queries, read, type Schemas } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Field } from '@/kit/Field.tsx';
import { ErrorState } from '@/kit/states.tsx';
import { toast } from '@/kit/toast.ts';
import { DryRun } from './DryRun.tsx';
import { type Draft, keep, unsaved, type Wrong, written } from './rule.ts';

const KINDS = [
  ['threshold', 'Threshold: a figure beyond a limit'],
  ['rate', 'Rate: how fast a figure changes'],
  ['absence', 'Absence: something fell silent'],
  ['sql', 'SQL: a column named value'],
] as const;
const HINTS = {
  threshold: 'A figure, or query.column of a named query.',
  rate: 'A figure, or query.column of a named query.',
  absence: 'A kind of measurement, such as system, or worker.',
  sql: 'One SELECT with a column value; its other columns are labels.',
};

/** Every field of a rule, and what it would do. */
export function RuleForm({ start, known, onDone }: { start: Draft; known: Schemas['RuleView'] | null; onDone: () => void }) {
  const [origin] = useState(start);
  const [draft, setDraft] = useState(() => unsaved(start));
  const [shown, setShown] = useState<Wrong>({});
  const figures = useQuery(read('/api/monitoring/figures'));
  const { rule, wrong } = written(draft, known?.rule);
  const changed = () => {
    // Analytics hears of it a moment later.
    for (const wait of [0, 700, 2_000]) setTimeout(() => void queries.invalidateQueries({ queryKey: ['/api/monitoring/rules'] }), wait);
    onDone();
  };
  const save = useMutation({
    mutationFn: () => api.PUT('/api/monitoring/rules/{name}', { params: { path: { name: rule.name } }, body: rule, headers: match(known) }),
    onSuccess: () => {
      toast({ kind: 'ok', text: `The rule ${rule.name} holds.` });
      changed();
    },
  });
  const remove = useMutation({
    mutationFn: () => api.DELETE('/api/monitoring/rules/{name}', { params: { path: { name: rule.name } }, headers: match(known) }),
    onSuccess: () => {
      toast({ kind: 'ok', text: `Your rule ${rule.name} is gone; a default of this name holds again.` });
      changed();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setShown(wrong);
    if (Object.keys(wrong).length === 0) save.mutate();
  };
  const set = (part: Partial<Draft>) => {
    const after = { ...draft, ...part };
    keep(origin, after);
    setDraft(after);
  };
  // A reload keeps it; who closes the form has thrown it away.
  useEffect(() => () => keep(origin, null), [origin]);
  const text = (field: keyof Draft, label: string, hint?: string, kind = 'text') => (
    <Field label={label} hint={hint} wrong={shown[field]}>
      {(tied) => <input {...tied} inputMode={kind === 'number' ? 'decimal' : undefined} value={String(draft[field])} onChange={(event) => set({ [field]: event.target.value })} />}
    </Field>
  );
  return (
    <form className="grid gap-4" onSubmit={submit} noValidate>
      <div className="grid gap-4 md:grid-cols-3">
        {known === null && text('name', 'Name')}
        <Select label="Kind" value={draft.kind} options={KINDS} onChange={(kind) => set({ kind, expression: kind === draft.kind ? draft.expression : '' })} />
        <Select label="Severity" value={draft.severity} options={[['info', 'Info'], ['warning', 'Warning'], ['critical', 'Critical']]} onChange={(severity) => set({ severity })} />
      </div>
      <Field label="Watches" hint={watched(draft, figures.data)} wrong={shown.expression}>
        {(tied) =>
          draft.kind === 'sql' ? (
            <textarea {...tied} rows={4} className={`${tied.className} font-mono text-sm`} value={draft.expression} onChange={(event) => set({ expression: event.target.value })} />
          ) : (
            <>
              <input {...tied} list="figures" value={draft.expression} onChange={(event) => set({ expression: event.target.value })} />
              <datalist id="figures">
                {draft.kind === 'absence' ? ['system', 'worker'].map((name) => <option key={name}>{name}</option>) : figures.data?.map(({ name, doc }) => <option key={name} value={name}>{doc}</option>)}
              </datalist>
            </>
          )
        }
      </Field>
      <div className="grid grid-cols-2 gap-4 md:grid-cols-4">
        <Select label="Side" value={draft.side} options={[['above', 'Above'], ['below', 'Below']]} onChange={(side) => set({ side })} />
        {text('limit', 'Limit', draft.kind === 'absence' ? 'seconds' : draft.kind === 'rate' ? 'a minute' : undefined, 'number')}
        {text('critical', 'Critical from', 'empty: never', 'number')}
        {text('clear', 'Ends at', 'empty: a tenth back', 'number')}
        {text('for', 'For seconds', 'it must hold so long', 'number')}
        {text('window', 'Window, seconds', '0: the newest value', 'number')}
        {text('every', 'Asked every, s', 'queries and SQL', 'number')}
        <Select label="No value" value={draft.no_data} options={[['resolve', 'is well'], ['keep', 'is no news'], ['fire', 'is trouble']]} onChange={(no_data) => set({ no_data })} />
      </div>
      <div className="grid gap-4 md:grid-cols-2">
        {text('labels', 'Labels', 'name=value, divided by commas; put on each alert')}
        {text('by', 'Columns that are labels', 'of a named query')}
      </div>
      {text('summary', 'Summary', '{value}, {limit}, {rule} and {<label>} are filled in')}
      {text('description', 'Description')}
      <label className="flex items-center gap-2">
        <input type="checkbox" className="size-4 accent-[var(--focus)]" checked={draft.enabled} onChange={(event) => set({ enabled: event.target.checked })} />
        It is on
      </label>
      <DryRun rule={rule} wrong={wrong} onWrong={setShown} />
      {(save.error ?? remove.error) !== null && <ErrorState error={(save.error ?? remove.error)!} />}
      <div className="flex flex-wrap justify-end gap-2">
        {known?.origin === 'own' && (
          <Button kind="danger" className="mr-auto" busy={remove.isPending} onClick={() => remove.mutate()}>
            Remove
          </Button>
        )}
        <Button onClick={onDone}>Back</Button>
        <Button kind="primary" type="submit" busy={save.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}

/** Only where it is the newest: two who change a rule at once do not lose each other's work. */
function match(known: Schemas['RuleView'] | null): Record<string, string> {
  return known === null || !known.revision ? {} : { 'If-Match': `"${known.revision}"` };
}

function watched(draft: Draft, figures: readonly Schemas['Figure'][] | undefined): string {
  const figure = figures?.find(({ name }) => name === draft.expression);
  return figure === undefined || draft.kind === 'absence' || draft.kind === 'sql' ? HINTS[draft.kind] : `${figure.doc} In ${figure.unit}.`;
}

interface SelectProps<K extends string> {
  label: string;
  value: K;
  options: readonly (readonly [K, string])[];
  onChange: (value: K) => void;
}

function Select<K extends string>({ label, value, options, onChange }: SelectProps<K>) {
  return (
    <Field label={label}>
      {(tied) => (
        <select {...tied} value={value} onChange={(event) => onChange(event.target.value as K)}>
          {options.map(([key, word]) => (
            <option key={key} value={key}>
              {word}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
