import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { queries, read, type Schemas } from '@/api/client.ts';
import { Latest, useLatest } from './gathered.ts';
import { live, useChannel } from './live.ts';

export type Alert = Schemas['Alert'];
/** An alert as it is listed: one of an agent's own thresholds has another kind, and ends by itself. */
export type Row = Alert & { kind?: string };

const heard = new Latest<Alert>((put) =>
  live.on('system_alerts', ({ payload }) => put(payload.id, payload, payload.updated_at), { since: 0 }),
);

const LIST = '/api/monitoring/alerts';
const OPEN = read(LIST, { params: { query: { state: 'open', limit: 500 } } });
/** Ingest takes a moment: rows of something that was told now are there then. */
const SOON = 1_000;

/** Asks for every list of alerts anew, once they are stored. */
export function alertsChanged(): void {
  setTimeout(() => void queries.invalidateQueries({ predicate: ({ queryKey: [path] }) => String(path).startsWith(LIST) }), SOON);
}

/** Listed rows and what was told since: of each alert the newest, what changed last first. */
export function merged(rows: readonly Row[], told: Iterable<Alert>): Row[] {
  const known = new Map(rows.map((row) => [row.id, row]));
  for (const alert of told) {
    const before = known.get(alert.id);
    if (before === undefined || Date.parse(alert.updated_at) > Date.parse(before.updated_at)) known.set(alert.id, alert);
  }
  return [...known.values()].sort((one, other) => Date.parse(other.updated_at) - Date.parse(one.updated_at));
}

/** What rings or is being looked after, as it is now. */
export function useOpenAlerts() {
  const query = useQuery(OPEN);
  const told = useLatest(heard);
  useChannel('performance_alert', alertsChanged);
  const rows = useMemo(
    () => merged((query.data?.items ?? []) as Row[], [...told.values()].map(({ value }) => value)).filter(({ state }) => state !== 'resolved'),
    [query.data, told],
  );
  return { query, rows };
}

/** What has ended, the newest first, and whether there is more. */
export function useEndedAlerts(limit: number) {
  const query = useQuery(read(LIST, { params: { query: { state: 'resolved', limit } } }));
  const told = useLatest(heard);
  useEffect(() => {
    if (told.size > 0) alertsChanged();
  }, [told]);
  const rows = useMemo(
    () => merged((query.data?.items ?? []) as Row[], [...told.values()].map(({ value }) => value)).filter(({ state }) => state === 'resolved'),
    [query.data, told],
  );
  return { query, rows, more: query.data?.next !== null && query.data?.next !== undefined };
}
