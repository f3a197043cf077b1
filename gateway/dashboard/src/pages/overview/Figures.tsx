import type { UseQueryResult } from '@tanstack/react-query';
import type { Schemas } from '@/api/client.ts';
import { bytes, counted, NONE, number, percent } from '@/kit/figures.ts';
import { Tile } from '@/kit/Tile.tsx';
import type { Tone } from '@/kit/Status.tsx';
import { duration } from '@/kit/time.ts';
import { type Measured, useLatest } from '@/live/gathered.ts';
import { type Host as HostLoad, hosts, type Rate } from '@/live/latest.ts';
import { compared, comparedPercent } from './compared.ts';
import { every, useMetrics, useOverview } from './data.ts';
import type { Range } from './ranges.ts';

type Host = Measured<HostLoad>;

/** The machines and the work, each in one figure. */
export function Figures({ range }: { range: Range }) {
  const query = useMetrics(range);
  return (
    <section aria-label="Figures" className="grid grid-cols-2 gap-3 md:grid-cols-4">
      <Machine past={query.data} range={range} />
      <Work query={query} range={range} />
    </section>
  );
}

type Metrics = Schemas['Metrics'];

function Machine({ past, range }: { past: Metrics | undefined; range: Range }) {
  const all = [...useLatest(hosts).values()];
  const at = all.length === 0 ? null : Math.min(...all.map((host) => host.at));
  const cpu = worst(all, (host) => host.cpu_usage);
  const memory = worst(all, (host) => host.memory_usage);
  const disk = worst(all, (host) => host.disk_usage);
  const network = total(all);
  const passed = past?.network_io.bytes_received ?? null;
  const mean = (value: number | null | undefined) => (value === null || value === undefined ? undefined : `${percent(value)} over ${range}`);
  return (
    <>
      <Tile label="CPU" at={at} value={percent(cpu.value)} note={cpu.note} tone={judged(cpu.value, 85, 95)}>
        <Compared>{said(mean(past?.cpu_usage), comparedPercent(past?.cpu_usage, past?.previous?.cpu_usage, range))}</Compared>
      </Tile>
      <Tile label="Memory" at={at} value={percent(memory.value)} note={memory.note} tone={judged(memory.value, 85, 95)}>
        <Compared>{said(mean(past?.memory_usage), comparedPercent(past?.memory_usage, past?.previous?.memory_usage, range))}</Compared>
      </Tile>
      <Tile label="Disk" at={at} value={percent(disk.value)} note={disk.note} tone={judged(disk.value, 85, 95)}>
        <Compared>{comparedPercent(past?.disk_usage, past?.previous?.disk_usage, range)}</Compared>
      </Tile>
      <Tile
        label="Network"
        at={at}
        value={network === null ? NONE : `${bytes(Math.round(network.received))}/s`}
        note={network === null ? 'in' : `in · ${bytes(Math.round(network.sent))}/s out`}
      >
        <Compared>{said(passed === null ? undefined : `${bytes(passed)} in over ${range}`, compared(passed, past?.previous?.network_io.bytes_received, range, bytes))}</Compared>
      </Tile>
    </>
  );
}

interface WorkProps {
  query: UseQueryResult<Metrics>;
  range: Range;
}

function Work({ query: { data, dataUpdatedAt, error }, range }: WorkProps) {
  const whole = useOverview();
  const at = data === undefined ? null : dataUpdatedAt;
  const { p50, p95, p99 } = data?.response_times ?? { p50: null, p95: null, p99: null };
  const before = data?.previous;
  const rate = data?.error_rate ?? null;
  const waiting = error === null ? undefined : 'analytics does not answer';
  const fresh = 2 * every(range) + 5_000;
  return (
    <>
      <Tile label={`Response time, ${range}`} at={at} fresh={fresh} value={time(p50)} note={waiting ?? (p95 === null || p99 === null ? 'half of the tasks' : `p95 ${duration(p95)} · p99 ${duration(p99)}`)}>
        <Compared>{compared(p50, before?.response_times.p50, range, duration)}</Compared>
      </Tile>
      <Tile label={`Error rate, ${range}`} at={at} fresh={fresh} value={percent(rate)} note={waiting ?? 'failed or rejected'} tone={judged(rate, 2, 10)}>
        <Compared>{comparedPercent(rate, before?.error_rate, range)}</Compared>
      </Tile>
      <Tile label={`Throughput, ${range}`} at={at} fresh={fresh} value={data === undefined ? NONE : `${number(data.throughput)}/min`} note={waiting ?? (data === undefined ? 'tasks that ended' : `${counted(data.tasks, 'task')} ended`)}>
        <Compared>{compared(data?.throughput, before?.throughput, range, (value) => `${number(value)}/min`)}</Compared>
      </Tile>
      <Tile
        label="Queue"
        at={whole?.at ?? null}
        value={number(whole?.value.queued)}
        note={whole === undefined ? 'waiting' : `waiting · ${number(whole.value.running)} running`}
        tone={whole !== undefined && whole.value.unserved > 0 ? 'crit' : 'ok'}
      >
        <Compared>{data === undefined || data.queue_times.p95 === null ? '' : `wait p95 ${duration(data.queue_times.p95)}, run p95 ${time(data.run_times.p95)}, ${range}`}</Compared>
      </Tile>
    </>
  );
}

function Compared({ children }: { children: string }) {
  return children === '' ? null : <div className="num text-xs text-text3">{children}</div>;
}

function said(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}

function time(ms: number | null): string {
  return ms === null ? NONE : duration(ms);
}

function worst(all: readonly Host[], figure: (host: HostLoad) => number): { value: number | null; note: string } {
  const [most] = [...all].sort((one, other) => figure(other.value) - figure(one.value));
  if (most === undefined) return { value: null, note: 'no host measured' };
  return { value: figure(most.value), note: all.length === 1 ? most.value.host : `the highest of ${all.length}: ${most.value.host}` };
}

function judged(value: number | null, warn: number, crit: number): Tone {
  if (value === null || value < warn) return 'ok';
  return value < crit ? 'warn' : 'crit';
}

function total(all: readonly Host[]): Rate | null {
  const rates = all.map(({ value }) => value.rate).filter((rate) => rate !== null);
  if (rates.length === 0) return null;
  return rates.reduce((sum, rate) => ({ sent: sum.sent + rate.sent, received: sum.received + rate.received }));
}
