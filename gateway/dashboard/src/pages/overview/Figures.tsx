import { bytes, NONE, number, percent } from '@/kit/figures.ts';
import { Tile } from '@/kit/Tile.tsx';
import type { Tone } from '@/kit/Status.tsx';
import { duration } from '@/kit/time.ts';
import { type Host as HostLoad, hosts, type Measured, type Rate, useLatest } from '@/live/latest.ts';
import { useMetrics, useOverview } from './data.ts';
import type { Range } from './ranges.ts';

type Host = Measured<HostLoad>;

/** The machines and the work, each in one figure. */
export function Figures({ range }: { range: Range }) {
  return (
    <section aria-label="Figures" className="grid grid-cols-2 gap-3 md:grid-cols-4">
      <Machine />
      <Work range={range} />
    </section>
  );
}

function Machine() {
  const all = [...useLatest(hosts).values()];
  const at = all.length === 0 ? null : Math.min(...all.map((host) => host.at));
  const cpu = worst(all, (host) => host.cpu_usage);
  const memory = worst(all, (host) => host.memory_usage);
  const disk = worst(all, (host) => host.disk_usage);
  const network = total(all);
  return (
    <>
      <Tile label="CPU" at={at} value={percent(cpu.value)} note={cpu.note} tone={judged(cpu.value, 85, 95)} />
      <Tile label="Memory" at={at} value={percent(memory.value)} note={memory.note} tone={judged(memory.value, 85, 95)} />
      <Tile label="Disk" at={at} value={percent(disk.value)} note={disk.note} tone={judged(disk.value, 85, 95)} />
      <Tile
        label="Network"
        at={at}
        value={network === null ? NONE : `${bytes(Math.round(network.received))}/s`}
        note={network === null ? 'in' : `in · ${bytes(Math.round(network.sent))}/s out`}
      />
    </>
  );
}

function Work({ range }: { range: Range }) {
  const { data, dataUpdatedAt, error } = useMetrics();
  const whole = useOverview();
  const at = data === undefined ? null : dataUpdatedAt;
  const { p50, p95, p99 } = data?.response_times ?? { p50: null, p95: null, p99: null };
  const rate = data?.error_rates?.[range] ?? null;
  const waiting = error === null ? undefined : 'analytics does not answer';
  return (
    <>
      <Tile label="Response time, last hour" at={at} value={p50 === null ? NONE : duration(p50)} note={waiting ?? (p95 === null || p99 === null ? 'half of the tasks' : `p95 ${duration(p95)} · p99 ${duration(p99)}`)} />
      <Tile label={`Error rate, ${range}`} at={at} value={percent(rate)} note={waiting ?? 'failed or rejected'} tone={judged(rate, 2, 10)} />
      <Tile label="Throughput" at={whole?.at ?? null} value={whole === undefined ? NONE : `${number(whole.value.throughput)}/min`} note="tasks that ended" />
      <Tile
        label="Queue"
        at={whole?.at ?? null}
        value={number(whole?.value.queued)}
        note={whole === undefined ? 'waiting' : `waiting · ${number(whole.value.running)} running`}
        tone={whole !== undefined && whole.value.unserved > 0 ? 'crit' : 'ok'}
      />
    </>
  );
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
