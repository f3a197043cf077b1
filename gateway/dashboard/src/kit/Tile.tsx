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
  children?: ReactNode;
}

/** One key figure, its meaning, and how old it is where it is not new. */
export function Tile({ label, value, note, tone, at, children }: TileProps) {
  return (
    <div className="card grid content-start gap-1 p-3">
      <div className="flex items-baseline justify-between gap-2 text-xs text-text2">
        <span>{label}</span>
        <Age at={at} />
      </div>
      <div className={`num text-xl font-semibold ${tone === undefined || tone === 'ok' ? '' : TEXT[tone]}`}>{value}</div>
      {note !== undefined && <div className="text-xs text-text3">{note}</div>}
      {children}
    </div>
  );
}

/** Nothing while it is new. */
export function Age({ at, fresh = FRESH }: { at: number | null; fresh?: number }) {
  const now = useNow();
  if (at === null) return null;
  return now - at > fresh ? <span className="num text-warn">{age(at, now)}</span> : null;
}
