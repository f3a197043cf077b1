import type { Schemas } from '@/api/client.ts';
import { counted } from '@/kit/figures.ts';
import { duration } from '@/kit/time.ts';
import type { Search } from './search.ts';

export type Member = Schemas['Member'];
export type Queue = Schemas['QueueLanes'];

/** A worker as it is shown: one that has left stays for a while, with when it was seen last. */
export interface Shown extends Omit<Member, 'state'> {
  state: Member['state'] | 'gone';
  /** By this machine's clock; null while it is there. */
  leftAt: number | null;
}

/** Milliseconds for which a worker that has left is still shown. */
export const REMEMBERED = 60_000;

/** Who is there, and who was there a moment ago: a row must not vanish under the eyes. */
export function remembered(before: readonly Shown[], members: readonly Member[], now: number): Shown[] {
  const there = new Set(members.map(({ id }) => id));
  const left: Shown[] = [];
  for (const one of before) {
    const leftAt = one.leftAt ?? now;
    // A place that was drained has no process that could be gone, be it resumed or not.
    if (!there.has(one.id) && one.state !== 'drained' && one.state !== 'starting' && now - leftAt < REMEMBERED) left.push({ ...one, state: 'gone', leftAt });
  }
  return [...members.map((one): Shown => Object.assign({ leftAt: null }, one)), ...left].sort(
    (one, other) => compare(one.host, other.host) || Number(one.state === 'gone') - Number(other.state === 'gone') || compare(one.part ?? '~', other.part ?? '~') || compare(one.id, other.id),
  );
}

function compare(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

export function matching(workers: readonly Shown[], { state, text }: Search): Shown[] {
  const wanted = text?.toLowerCase();
  return workers.filter(
    (one) => (state === undefined || one.state === state) && (wanted === undefined || [one.id, one.host, one.part ?? '', ...one.queues].some((word) => word.toLowerCase().includes(wanted))),
  );
}

/** The workers of each host, in the order in which they come. */
export function byHost(workers: readonly Shown[]): [host: string, workers: Shown[]][] {
  const found = new Map<string, Shown[]>();
  for (const one of workers) found.set(one.host, [...(found.get(one.host) ?? []), one]);
  return [...found];
}

/** Tasks wait and nobody comes: stopped queues are meant to wait. */
export function unserved(queues: readonly Queue[]): Queue[] {
  return queues.filter(({ queued, workers, paused }) => queued > 0 && workers.length === 0 && !paused);
}

/** The one sentence about it, the worst first, with how bad it is. */
export function sentence(workers: readonly Shown[], queues: readonly Queue[]): { tone: 'crit' | 'warn' | 'ok'; text: string } {
  const count = (state: Shown['state']) => workers.filter((one) => one.state === state).length;
  const alive = count('alive');
  const waiting = queues.reduce((sum, { queued }) => sum + queued, 0);
  const lonely = unserved(queues);
  if (lonely.length > 0) {
    const tasks = lonely.reduce((sum, { queued }) => sum + queued, 0);
    return { tone: 'crit', text: `${counted(tasks, 'task')} wait${tasks === 1 ? 's' : ''} where nobody serves the queue.` };
  }
  if (count('frozen') > 0) return { tone: 'crit', text: `${counted(count('frozen'), 'worker')} ${count('frozen') === 1 ? 'is' : 'are'} connected but silent.` };
  if (alive === 0) return { tone: 'warn', text: 'No worker is at work.' };
  const away = count('drained') + count('draining') + count('starting') + count('restarting');
  const there = `${counted(alive, 'worker')} ${alive === 1 ? 'is' : 'are'} at work`;
  const left = waiting === 0 ? 'nothing waits' : `${counted(waiting, 'task')} ${waiting === 1 ? 'waits' : 'wait'}`;
  if (away > 0) return { tone: 'warn', text: `${there}, ${away} ${away === 1 ? 'is' : 'are'} out of service, and ${left}.` };
  return { tone: 'ok', text: `${there}, and ${left}.` };
}

/** What would serve a queue, to be copied. */
export function command(queue: string): string {
  return `revo work --only ${queue}`;
}

export function lanesMatching(queues: readonly Queue[], { lanes = 'all', text }: Search): Queue[] {
  const wanted = text?.toLowerCase();
  const lonely = new Set(unserved(queues));
  return queues.filter(
    (one) => (lanes === 'all' || (lanes === 'busy' ? one.queued + one.running > 0 : lonely.has(one))) && (wanted === undefined || one.queue.toLowerCase().includes(wanted)),
  );
}

/** How long after something: `after 13 ms`; of clocks that do not agree `at once`. */
export function after(seconds: number | null): string {
  if (seconds === null) return '';
  return seconds <= 0 ? 'at once' : `after ${duration(seconds * 1_000)}`;
}

/** The rows of a question by queue, each as one figure a step, in the order of time. */
export function pasts(rows: readonly Record<string, unknown>[], of: (row: Record<string, unknown>) => number | null): Map<string, (number | null)[]> {
  const found = new Map<string, (number | null)[]>();
  for (const row of rows) {
    const queue = String(row['queue']);
    found.set(queue, [...(found.get(queue) ?? []), of(row)]);
  }
  return found;
}
