import { useQuery } from '@tanstack/react-query';
import { Search as Glass, X } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { read } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Choice } from '@/kit/Choice.tsx';
import { look } from '@/kit/Status.tsx';
import { moment } from '@/kit/time.ts';
import { usePreferences } from '@/shell/preferences.ts';
import { narrowed } from './filters.ts';
import { PRIORITIES, RANGES, type Search, STATES } from './search.ts';

interface Props {
  search: Search;
  onChange: (search: Search) => void;
}

const CONTROL = 'h-8 rounded-control border border-control bg-surface px-2 text-sm text-text pointer-coarse:h-11';
const TIMES = [...RANGES.map((key) => ({ key, label: key })), { key: 'all' as const, label: 'All' }];
const LATER = 250;

/** What the list is narrowed to. */
export function Filters({ search, onChange }: Props) {
  const { data: functions } = useQuery({ ...read('/api/functions'), staleTime: 60_000 });
  const { data: agents } = useQuery({ ...read('/api/agents'), staleTime: 60_000 });
  const queues = [...new Set(functions?.map(({ name }) => name.split('.')[0] ?? ''))];
  const names = functions?.map(({ name }) => name).filter((name) => search.queue === undefined || name.startsWith(`${search.queue}.`));
  const clock = usePreferences((state) => state.clock);
  const brushed = search.since !== undefined || search.until !== undefined;
  return (
    <search className="flex flex-wrap items-center gap-2" aria-label="Filters">
      <Words key={search.text === undefined ? 'none' : 'some'} value={search.text} onChange={(text) => onChange({ ...search, text })} />
      <Select label="State" value={search.state} options={STATES} word={(state) => look(state).word} onChange={(state) => onChange({ ...search, state })} />
      <Select label="Queue" value={search.queue} options={queues} onChange={(queue) => onChange({ ...search, queue, function: undefined })} />
      <Select label="Function" value={search.function} options={names ?? []} onChange={(name) => onChange({ ...search, function: name })} />
      <Select label="Priority" value={search.priority} options={PRIORITIES} onChange={(priority) => onChange({ ...search, priority })} />
      <Select label="Agent" value={search.agent} options={agents?.map(({ id }) => id) ?? []} onChange={(agent) => onChange({ ...search, agent })} />
      {brushed ? (
        <Button onClick={() => onChange({ ...search, since: undefined, until: undefined })} icon={<X size={14} aria-hidden />} className="num">
          {search.since === undefined ? 'until' : `${moment(search.since, clock)} –`} {search.until === undefined ? 'now' : moment(search.until, clock)}
        </Button>
      ) : (
        <Choice label="Time" options={TIMES} chosen={search.range ?? 'all'} onChoose={(key) => onChange({ ...search, range: key === 'all' ? undefined : key })} />
      )}
      {narrowed(search) && (
        <Button kind="quiet" onClick={() => onChange({})}>
          Clear filters
        </Button>
      )}
    </search>
  );
}

interface SelectProps<K extends string> {
  label: string;
  value: K | undefined;
  options: readonly K[];
  word?: (key: K) => string;
  onChange: (value: K | undefined) => void;
}

function Select<K extends string>({ label, value, options, word, onChange }: SelectProps<K>) {
  // What the address names stays chosen, also where nothing of that name is known.
  const all = value === undefined || options.includes(value) ? options : [value, ...options];
  return (
    <select aria-label={label} className={`${CONTROL} w-32`} value={value ?? ''} onChange={(event) => onChange((event.target.value || undefined) as K | undefined)}>
      <option value="">{label}: any</option>
      {all.map((key) => (
        <option key={key} value={key}>
          {word?.(key) ?? key}
        </option>
      ))}
    </select>
  );
}

/** Text, asked for once typing rests. */
function Words({ value, onChange }: { value: string | undefined; onChange: (text: string | undefined) => void }) {
  const id = useId();
  const [text, setText] = useState(value ?? '');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The filters may change while typing rests: those that hold then are the ones to add to.
  const latest = useRef<((typed: string) => void) | null>(null);
  useEffect(() => {
    latest.current = (typed) => onChange(typed === '' ? undefined : typed);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const write = (typed: string) => {
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => latest.current?.(typed), LATER);
  };
  return (
    <span className={`${CONTROL} flex min-w-48 flex-1 items-center gap-2 md:max-w-72`}>
      <Glass size={14} aria-hidden className="shrink-0 text-text3" />
      <label htmlFor={id} className="sr-only">
        Search in ids, functions and errors
      </label>
      <input id={id} data-filter type="search" maxLength={200} placeholder="Id, function or error" className="w-full min-w-0 bg-transparent outline-none" value={text} onChange={(event) => write(event.target.value)} />
    </span>
  );
}
