import type { Schemas } from '@/api/client.ts';
import { duration } from '@/kit/time.ts';

export type View = Schemas['ScheduleView'];
export type Run = Schemas['ScheduleRun'];

export const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const;

/** A schedule as it is being written: all of it as text, as the fields hold it. */
export interface Draft {
  name: string;
  function: string;
  kind: 'cron' | 'every' | 'at';
  cron: string;
  timezone: string;
  every: string;
  unit: Unit;
  at: string;
  priority: string;
  input: Record<string, unknown>;
}

export const UNITS = { s: 1, min: 60, h: 3600, d: 86_400 } as const;
export type Unit = keyof typeof UNITS;

export const EMPTY: Draft = { name: '', function: '', kind: 'cron', cron: '0 9 * * mon-fri', timezone: '', every: '15', unit: 'min', at: '', priority: 'medium', input: {} };

/** One that stands, to be changed. */
export function draftOf(view: View): Draft {
  const every = view.every ?? 900;
  const unit = (['d', 'h', 'min', 's'] as const).find((each) => every % UNITS[each] === 0) ?? 's';
  return {
    ...EMPTY,
    name: view.name,
    function: view.function,
    kind: view.kind === 'every' ? 'every' : 'cron',
    cron: view.cron ?? EMPTY.cron,
    timezone: view.timezone ?? '',
    every: String(every / UNITS[unit]),
    unit,
    priority: view.priority,
    input: (view.input ?? {}) as Record<string, unknown>,
  };
}

/** When, as the gateway takes it; null where it is not complete. */
export function moments(draft: Draft): { cron?: string; timezone?: string; every?: number; at?: string } | null {
  if (draft.kind === 'cron') {
    if (draft.cron.trim() === '') return null;
    return { cron: draft.cron.trim(), ...(draft.timezone.trim() === '' ? {} : { timezone: draft.timezone.trim() }) };
  }
  if (draft.kind === 'every') {
    const every = Number(draft.every) * UNITS[draft.unit];
    return draft.every.trim() === '' || Number.isNaN(every) ? null : { every };
  }
  const at = new Date(draft.at);
  return Number.isNaN(at.getTime()) ? null : { at: at.toISOString() };
}

/** When it comes, short: as it was written. */
export function written(view: Pick<View, 'cron' | 'every' | 'timezone'>): string {
  if (view.every !== null && view.every !== undefined) return `every ${duration(view.every * 1000)}`;
  return view.cron === null || view.cron === undefined ? '' : `${view.cron} ${view.timezone ?? 'UTC'}`;
}

/** How long until then. What should have come and is not seen yet is `now`. */
export function until(at: number, now: number): string {
  const left = Math.round((at - now) / 1000) * 1000;
  return left <= 0 ? 'now' : `in ${duration(left)}`;
}

/** Where the next page begins, from the `Link` header. */
export function nextCursor(link: string | null): string | undefined {
  const address = /<([^>]+)>; rel="next"/.exec(link ?? '')?.[1];
  return address === undefined ? undefined : (new URL(address, 'http://here').searchParams.get('cursor') ?? undefined);
}
