import { useQuery } from '@tanstack/react-query';
import { Search as Glass } from 'lucide-react';
import { useEffect, useState } from 'react';
import { read } from '@/api/client.ts';
import { look } from '@/kit/Status.tsx';
import { ORIGINS, type Search, STATES } from './search.ts';

const CONTROL = 'h-8 rounded-button border border-control bg-surface px-2 text-sm text-text pointer-coarse:h-11';
const PAUSE = 200;

/** What is looked for; all of it stands in the URL. */
export function Filters({ search, onChange }: { search: Search; onChange: (change: Search) => void }) {
  const { data: functions } = useQuery({ ...read('/api/functions'), staleTime: 60_000 });
  const queues = [...new Set(functions?.map(({ name }) => name.split('.')[0] ?? ''))].sort();
  return (
    <div role="search" aria-label="Agents" className="flex flex-wrap items-center gap-2">
      <TextFilter key={search.text === undefined ? 'none' : 'some'} value={search.text ?? ''} onChange={(text) => onChange({ text: text || undefined })} />
      <select aria-label="Status" className={CONTROL} value={search.status ?? ''} onChange={(event) => onChange({ status: STATES.find((state) => state === event.target.value) })}>
        <option value="">Every status</option>
        {STATES.map((state) => (
          <option key={state} value={state}>
            {look(state).word}
          </option>
        ))}
      </select>
      <select aria-label="Origin" className={CONTROL} value={search.origin ?? ''} onChange={(event) => onChange({ origin: ORIGINS.find((origin) => origin === event.target.value) })}>
        <option value="">Built in and registered</option>
        <option value="announced">Built in</option>
        <option value="registered">Registered</option>
      </select>
      <select aria-label="Capability" className={`${CONTROL} max-w-44`} value={search.capability ?? ''} onChange={(event) => onChange({ capability: event.target.value || undefined })}>
        <option value="">Every capability</option>
        {search.capability !== undefined && !queues.includes(search.capability) && <option>{search.capability}</option>}
        {queues.map((queue) => (
          <option key={queue}>{queue}</option>
        ))}
      </select>
    </div>
  );
}

/** Asks once the typing pauses. */
function TextFilter({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => onChange(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <span className="relative">
      <Glass size={14} aria-hidden className="absolute top-1/2 left-2 -translate-y-1/2 text-text3" />
      <input type="search" aria-label="Search agents" placeholder="Name or description" className={`${CONTROL} w-52 pl-7`} value={text} onChange={(event) => setText(event.target.value)} />
    </span>
  );
}
