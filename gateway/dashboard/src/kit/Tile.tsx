import type { ReactNode } from 'react';
import { TEXT, type Tone } from './Status.tsx';
import { age, useNow } from './time.ts';

/** Older than this a figure says so. */
const FRESH = 10_000;

interface TileProps {
  label: string;
  value: ReactNode;
  note?: ReactNode;
  tone?: Tone;
  /** When it was measured, by `Date.now()`; null where it never was. */
  at: number | null;
  /** Milliseconds for which it is new. */
  fresh?: number;
  children?: ReactNode;
}

/** One key figure, its meaning, and how old it is where it is not new. */
export function Tile({ label, value, note, tone, at, fresh, children }: TileProps) {
  return (
    <div className="card grid content-start gap-1 p-3">
      <div className="flex items-baseline justify-between gap-2 text-xs text-text2">
        <span>{label}</span>
        <Age at={at} always {...(fresh === undefined ? {} : { fresh })} />
      </div>
      <div className={`num text-xl font-semibold ${tone === undefined || tone === 'ok' ? '' : TEXT[tone]}`}>{value}</div>
      {note !== undefined && <div className="text-xs text-text3">{note}</div>}
      {children}
    </div>
  );
}

interface AgeProps {
  at: number | null;
  /** Milliseconds for which it is new. */
  fresh?: number;
  /** Told also while it is new. */
  always?: boolean;
}

/** How old a figure is, in the colour of a warning once it is not new. */
export function Age({ at, fresh = FRESH, always = false }: AgeProps) {
  const now = useNow();
  if (at === null) return null;
  const old = now - at > fresh;
  return old || always ? <span className={`num whitespace-nowrap ${old ? 'text-warn' : 'text-text3'}`}>{age(at, now)}</span> : null;
}
