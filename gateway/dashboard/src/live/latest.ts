import type { Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Latest } from './gathered.ts';
import { live } from './live.ts';
import { Series } from './series.ts';

/** The gateway sends the last few hundred measurements first, so that a new page does not begin empty. */
const WARM = { since: 0 };

type Status = Schemas['QueueStatus'];

export const engines = new Latest<Status>((put) =>
  live.on('engine_status', ({ payload }) => put(payload.queue, payload, payload.updated_at), WARM),
);
export const agents = new Latest<Status>((put) =>
  live.on('agent_status', ({ payload }) => put(payload.queue, payload, payload.updated_at), WARM),
);

export const registered = new Latest<Status>((put) =>
  live.on('registered_status', ({ payload }) => put(payload.queue, payload, payload.updated_at), WARM),
);

type Measurement = Schemas['SystemMetrics'];

/** Bytes a second. */
export interface Rate {
  readonly sent: number;
  readonly received: number;
}

export interface Host extends Measurement {
  /** Of the network between its last two measurements; null before the second. */
  readonly rate: Rate | null;
}

function rate(before: Measurement, now: Measurement): Rate | null {
  const seconds = (Date.parse(now.timestamp) - Date.parse(before.timestamp)) / 1000;
  const sent = now.network_io.bytes_sent - before.network_io.bytes_sent;
  const received = now.network_io.bytes_received - before.network_io.bytes_received;
  // A machine that started anew counts from 0.
  return seconds <= 0 || sent < 0 || received < 0 ? null : { sent: sent / seconds, received: received / seconds };
}

/** Silent for so long, a host no longer counts among those that are measured. */
const SILENT = 30_000;

/** CPU and memory (the mean of all hosts) and disk (the fullest) in percent, over time. */
export const load = new Series(3);
/** Bytes a second that all hosts receive and send, over time. */
export const traffic = new Series(2);

function whole(all: Iterable<Host>, now: string): void {
  const heard = [...all].filter(({ timestamp }) => Date.parse(now) - Date.parse(timestamp) < SILENT);
  const mean = (figure: (host: Host) => number) => heard.reduce((sum, host) => sum + figure(host), 0) / heard.length;
  const time = here(now) / 1000;
  load.push(time, mean((host) => host.cpu_usage), mean((host) => host.memory_usage), Math.max(...heard.map((host) => host.disk_usage)));
  const rates = heard.map(({ rate: own }) => own).filter((own) => own !== null);
  if (rates.length === 0) return;
  traffic.push(time, rates.reduce((sum, own) => sum + own.received, 0), rates.reduce((sum, own) => sum + own.sent, 0));
}

export const hosts = new Latest<Host>((put) => {
  const before = new Map<string, Host>();
  return live.on(
    'system_metrics',
    ({ payload }) => {
      const known = before.get(payload.host);
      const host = { ...payload, rate: known === undefined ? null : rate(known, payload) };
      before.set(payload.host, host);
      put(payload.host, host, payload.timestamp);
      whole(before.values(), payload.timestamp);
    },
    WARM,
  );
});

export const overview = new Latest<Schemas['Overview']>((put) =>
  live.on(
    'system_overview',
    ({ payload }) => put('overview', payload, payload.timestamp),
    WARM,
  ),
);
