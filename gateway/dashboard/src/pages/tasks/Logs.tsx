import { useEffect, useRef, useState } from 'react';
import { here } from '@/api/clock.ts';
import { Moment } from '@/kit/Moment.tsx';
import { TEXT, type Tone } from '@/kit/Status.tsx';
import { Nothing } from './known.tsx';
import type { Told } from './useTold.ts';

const TONES: Record<string, Tone> = { debug: 'off', info: 'info', warning: 'warn', error: 'crit', retry: 'warn', started: 'off', progress: 'off' };
const DRAWN = 500;

/** What it told, line by line, with the newest in view for as long as that is wanted. */
export function Logs({ told, open }: { told: readonly Told[]; open: boolean }) {
  const [follow, setFollow] = useState(true);
  const view = useRef<HTMLDivElement>(null);
  const shown = told.slice(-DRAWN);
  useEffect(() => {
    if (follow && view.current !== null) view.current.scrollTop = view.current.scrollHeight;
  });
  if (told.length === 0) return <Nothing>{open ? 'It has told nothing yet.' : 'It told nothing.'}</Nothing>;
  return (
    <div>
      <div className="mb-2 flex items-center justify-between text-xs text-text3">
        <span>{told.length > DRAWN ? `The last ${DRAWN} of ${told.length} lines` : ''}</span>
        <label className="flex items-center gap-1.5">
          <input type="checkbox" className="accent-[var(--focus)]" checked={follow} onChange={(event) => setFollow(event.target.checked)} />
          Follow
        </label>
      </div>
      <div ref={view} role="log" aria-label="Log" className="max-h-[28rem] overflow-auto rounded-button bg-sunken p-3 font-mono text-xs">
        {shown.map((line) => (
          <div key={line.seq} className="flex gap-3 py-0.5">
            <span className="shrink-0 text-text3">
              <Moment at={here(line.at)} />
            </span>
            <span className={`w-16 shrink-0 ${TEXT[TONES[line.kind === 'log' ? line.level : line.kind] ?? 'off']}`}>{line.kind === 'log' ? line.level : line.kind}</span>
            <bdi className="min-w-0 wrap-anywhere whitespace-pre-wrap">
              {line.progress === null ? '' : `${Math.round(line.progress * 100)} % `}
              {line.message}
            </bdi>
          </div>
        ))}
      </div>
    </div>
  );
}
