import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, type Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Choice } from '@/kit/Choice.tsx';
import { CONTROL, Field } from '@/kit/Field.tsx';
import { Moment } from '@/kit/Moment.tsx';
import { useNow } from '@/kit/time.ts';
import { type Draft, moments, type Unit, UNITS, until } from './plan.ts';

const KINDS = [
  { key: 'cron', label: 'Cron' },
  { key: 'every', label: 'Every' },
  { key: 'at', label: 'Once, at' },
] as const;
const EXAMPLES = ['*/15 * * * *', '0 9 * * mon-fri', '30 3 * * *', '0 0 1 * *'];
const WORDS: Record<Unit, string> = { s: 'seconds', min: 'minutes', h: 'hours', d: 'days' };
const PAUSE = 250;

interface Props {
  draft: Draft;
  /** Whether a single time can be chosen. */
  once: boolean;
  onChange: (change: Partial<Draft>) => void;
}

/** When it is to come, with what the server's calendar makes of it while it is written. */
export function When({ draft, once, onChange }: Props) {
  const { kind } = draft;
  const zones = Intl.supportedValuesOf('timeZone');
  return (
    <fieldset className="grid grid-cols-1 gap-3 border-t border-line pt-3">
      <legend className="sr-only">When</legend>
      <div>
        <Choice label="When" options={once ? KINDS : KINDS.slice(0, 2)} chosen={kind} onChoose={(key) => onChange({ kind: key })} />
      </div>
      {kind === 'cron' && (
        <div className="grid gap-4 sm:grid-cols-[2fr_1fr]">
          <div className="grid content-start gap-1">
            <Field label="Cron" hint="Minute, hour, day, month, weekday; a sixth field in front is the second.">
              {(tied) => <input {...tied} required spellCheck={false} className={`${CONTROL} font-mono`} value={draft.cron} onChange={(event) => onChange({ cron: event.target.value })} />}
            </Field>
            <p className="flex flex-wrap gap-2 text-xs">
              {EXAMPLES.map((example) => (
                <button key={example} type="button" className="rounded-control bg-sunken px-1.5 py-0.5 font-mono text-text2 hover:text-text pointer-coarse:py-2" onClick={() => onChange({ cron: example })}>
                  {example}
                </button>
              ))}
            </p>
          </div>
          <Field label="Time zone" hint="Left out: UTC.">
            {(tied) => (
              <>
                <input {...tied} list="zones" autoComplete="off" placeholder="UTC" value={draft.timezone} onChange={(event) => onChange({ timezone: event.target.value })} />
                <datalist id="zones">
                  {zones.map((zone) => (
                    <option key={zone}>{zone}</option>
                  ))}
                </datalist>
              </>
            )}
          </Field>
        </div>
      )}
      {kind === 'every' && (
        <div className="grid max-w-md grid-cols-2 gap-4">
          <Field label="Every" hint="Whole seconds, at least 1.">
            {(tied) => <input {...tied} type="number" min={0} step="any" value={draft.every} onChange={(event) => onChange({ every: event.target.value })} />}
          </Field>
          <Field label="Unit">
            {(tied) => (
              <select {...tied} value={draft.unit} onChange={(event) => onChange({ unit: event.target.value as Unit })}>
                {Object.keys(UNITS).map((unit) => (
                  <option key={unit} value={unit}>
                    {WORDS[unit as Unit]}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
      )}
      {kind === 'at' && (
        <Field label="At" hint="In the time of this browser." className="max-w-md">
          {(tied) => <input {...tied} type="datetime-local" step={1} required value={draft.at} onChange={(event) => onChange({ at: event.target.value })} />}
        </Field>
      )}
      <Foreseen draft={draft} />
    </fieldset>
  );
}

/** In words, and the next five times. */
function Foreseen({ draft }: { draft: Draft }) {
  const now = useNow();
  const asked = useRested(JSON.stringify(moments(draft)));
  const query = useQuery({
    queryKey: ['preview', asked],
    enabled: asked !== 'null',
    queryFn: async ({ signal }) => {
      const body = { ...(JSON.parse(asked) as object), count: 5 } as unknown as Schemas['Moments'];
      return (await api.POST('/api/schedules/preview', { body, signal })).data as Schemas['Preview'];
    },
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <div role="status" aria-label="Preview" className="min-h-36 rounded-button bg-sunken p-3 text-sm">
      {query.error !== null && <p className="break-words text-crit">{query.error.message}</p>}
      {query.error === null && query.data !== undefined && (
        <>
          <p className="font-medium">{query.data.words}</p>
          <ol className="mt-2 grid gap-0.5 text-text2">
            {query.data.next.map((at) => (
              <li key={at} className="flex max-w-sm justify-between gap-3">
                <Moment at={at} />
                <span className="num">{until(here(at), now)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}

/** The text as it is once the typing pauses. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}
