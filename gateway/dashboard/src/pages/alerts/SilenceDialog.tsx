import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { api, queries } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Dialog } from '@/kit/Dialog.tsx';
import { Field } from '@/kit/Field.tsx';
import { counted } from '@/kit/figures.ts';
import { ErrorState } from '@/kit/states.tsx';
import { toast } from '@/kit/toast.ts';
import { alertsChanged, useOpenAlerts } from '@/live/alerts.ts';
import { lasts, named, readable, type Matcher } from './silence.ts';
import { remember, who } from './who.ts';

/** Keep alerts quiet: which, for how long, why, and who says so. */
export function SilenceDialog({ fits, onClose }: { fits: string; onClose: () => void }) {
  const [text, setText] = useState(() => named(fits));
  const [minutes, setMinutes] = useState('60');
  const [comment, setComment] = useState('');
  const [by, setBy] = useState(who);
  const [tried, setTried] = useState(false);
  const { rows } = useOpenAlerts();
  const { matchers, wrong } = readable(text);
  const lasting = lasts(minutes);
  const made = useMutation({
    mutationFn: () => api.POST('/api/monitoring/silences', { body: { matchers, until: null, seconds: Number(minutes) * 60, comment, by } }),
    onSuccess: () => {
      remember(by);
      alertsChanged();
      void queries.invalidateQueries({ queryKey: ['/api/monitoring/silences'] });
      toast({ kind: 'ok', text: 'Silenced.' });
      onClose();
    },
  });
  const save = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (wrong === undefined && lasting) made.mutate();
  };
  const hit = wrong === undefined ? rows.filter((row) => matchers.every((one) => matches(one, row))).length : 0;
  return (
    <Dialog title="Silence alerts" onClose={onClose}>
      <form className="grid gap-4" onSubmit={save} noValidate>
        <Field
          label="Alerts that fit"
          hint={`label=value, divided by commas; rule, severity and id are labels too; * stands for any text. Fits ${counted(hit, 'alert')} of now.`}
          wrong={tried ? wrong : undefined}
        >
          {(tied) => <textarea {...tied} rows={2} className={`${tied.className} font-mono text-sm`} placeholder="rule=cpu, host=build-*" value={text} onChange={(event) => setText(event.target.value)} />}
        </Field>
        <Field label="Minutes" wrong={tried && !lasting ? 'More than 0, at most a year.' : undefined}>
          {(tied) => <input {...tied} type="number" min={1} max={525_600} value={minutes} onChange={(event) => setMinutes(event.target.value)} />}
        </Field>
        <Field label="Why">{(tied) => <input {...tied} maxLength={1000} placeholder="load test" value={comment} onChange={(event) => setComment(event.target.value)} />}</Field>
        <Field label="Your name">{(tied) => <input {...tied} autoComplete="name" maxLength={200} value={by} onChange={(event) => setBy(event.target.value)} />}</Field>
        {made.error !== null && <ErrorState error={made.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Back</Button>
          <Button kind="primary" type="submit" busy={made.isPending}>
            Silence
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function matches({ label, value }: Matcher, row: { id: string; rule: string; severity: string; labels?: Record<string, string> }): boolean {
  const own = { ...row.labels, rule: row.rule, severity: row.severity, id: row.id }[label];
  if (own === undefined) return false;
  const parts = value.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(own);
}
