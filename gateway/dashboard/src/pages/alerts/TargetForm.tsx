import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Button } from '@/kit/Button.tsx';
import { Field } from '@/kit/Field.tsx';
import { ErrorState } from '@/kit/states.tsx';
import { toast } from '@/kit/toast.ts';
import { type Draft, drafted, FRESH, type Kind, SEVERITIES, STATES, type Target, type Wrong, written } from './target.ts';
import { outdated, put, targetsChanged } from './targets.ts';
import { Ticks } from './Ticks.tsx';

interface Props {
  /** What is changed; nothing where it is to come. */
  known: Target | undefined;
  /** Names that are in use. */
  taken: readonly string[];
  etag: string | null;
  /** Begin anew with what holds now. */
  onAgain: () => void;
  onDone: () => void;
}

const KINDS: [Kind, string][] = [['webhook', 'Webhook'], ['email', 'E-mail'], ['nats', 'NATS subject']];

/** Every field of a target. Secrets are named by their environment variable; none is typed here. */
export function TargetForm({ known, taken, etag, onAgain, onDone }: Props) {
  // As it was when the form was opened: what others change meanwhile is not overwritten.
  const [opened] = useState({ before: known, etag });
  const fresh = opened.before === undefined;
  const [draft, setDraft] = useState(() => (known === undefined ? FRESH : drafted(known)));
  const [shown, setShown] = useState<Wrong>({});
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const save = useMutation({
    mutationFn: (target: Target) => put(target, { name: target.name, ...opened }),
    onSuccess: (_, { name }) => {
      toast({ kind: 'ok', text: `${name} is told from now on.` });
      void targetsChanged();
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { target, wrong } = written(draft);
    if (fresh && taken.includes(target.name)) wrong.name = 'There is one of this name.';
    else if (fresh && target.name === 'new') wrong.name = 'In addresses, new stands for a target to come.';
    setShown(wrong);
    if (Object.keys(wrong).length === 0) save.mutate(target);
  };
  const text = (field: 'name' | 'url' | 'url_env' | 'secret_env' | 'subject' | 'rules' | 'timeout' | 'attempts', label: string, hint?: string) => (
    <Field label={label} hint={hint} wrong={shown[field]}>
      {(tied) => <input {...tied} autoComplete="off" spellCheck={false} value={draft[field]} onChange={(event) => set({ [field]: event.target.value })} />}
    </Field>
  );
  return (
    <form className="grid gap-4" onSubmit={submit} noValidate>
      <div className="grid gap-4 md:grid-cols-2">
        {fresh && text('name', 'Name')}
        <Field label="By">
          {(tied) => (
            <select {...tied} value={draft.kind} onChange={(event) => set({ kind: event.target.value as Kind })}>
              {KINDS.map(([key, word]) => (
                <option key={key} value={key}>
                  {word}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {draft.kind === 'webhook' && (
        <div className="grid gap-4 md:grid-cols-3">
          {text('url', 'URL', 'http(s)://host[:port]/path')}
          {text('url_env', 'or variable with the URL', 'where the URL itself is a secret')}
          {text('secret_env', 'Variable with the secret', 'empty: not signed; it holds whsec_…')}
        </div>
      )}
      {draft.kind === 'email' && (
        <Field label="To" hint="Mail addresses, divided by commas; by the SMTP server of the settings." wrong={shown.to}>
          {(tied) => <textarea {...tied} rows={2} value={draft.to} onChange={(event) => set({ to: event.target.value })} />}
        </Field>
      )}
      {draft.kind === 'nats' && text('subject', 'Subject', 'The alert as JSON; subjects of the system itself are refused.')}
      <div className="grid gap-4 md:grid-cols-2">
        <Ticks label="Severities" hint="none: every one" all={SEVERITIES} ticked={draft.severities} onTick={(severities) => set({ severities })} />
        <Ticks label="States" hint="none: every one" all={STATES} ticked={draft.states} onTick={(states) => set({ states })} />
        {text('rules', 'Rules', 'names, divided by commas; * stands for any text; empty: all')}
        <Field label="Labels" hint="name=value, one a line; all must be there" wrong={shown.labels}>
          {(tied) => <textarea {...tied} rows={2} spellCheck={false} value={draft.labels} onChange={(event) => set({ labels: event.target.value })} />}
        </Field>
        {text('timeout', 'Seconds for one attempt')}
        {text('attempts', 'Attempts', 'then it is a dead letter')}
      </div>
      <label className="flex items-center gap-2">
        <input type="checkbox" className="size-4 accent-[var(--focus)]" checked={draft.enabled} onChange={(event) => set({ enabled: event.target.checked })} />
        It is on
      </label>
      {save.error !== null && <ErrorState error={save.error} {...(outdated(save.error) ? { what: 'Somebody else has changed it' } : {})} />}
      <div className="flex flex-wrap justify-end gap-2">
        {outdated(save.error) && (
          <Button className="mr-auto" onClick={onAgain}>
            Begin anew with what holds now
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
