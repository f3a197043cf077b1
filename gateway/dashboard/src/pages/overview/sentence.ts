import type { Schemas } from '@/api/client.ts';
import { counted, percent } from '@/kit/figures.ts';
import type { Tone } from '@/kit/Status.tsx';

export interface Remark {
  tone: Tone;
  text: string;
}

const ORDER: Record<Tone, number> = { crit: 0, warn: 1, info: 2, off: 3, ok: 4 };
const DISK_FULL = 95;
const DISK_LOW = 85;
const FAILING = 10;
const SHAKY = 2;

/** All that is not as it should be, the worst first; one remark that all is well where nothing is. */
export function remarks(
  whole: Schemas['Overview'],
  statuses: readonly Schemas['QueueStatus'][],
  disks: readonly { host: string; disk_usage: number }[],
  ringing: readonly Pick<Schemas['Alert'], 'rule' | 'severity' | 'summary'>[],
): Remark[] {
  const found: Remark[] = [];
  const note = (tone: Tone, text: string) => found.push({ tone, text });
  if (whole.workers === 0) note('crit', 'No worker is alive');
  if (whole.unserved > 0) note('crit', `${counted(whole.unserved, 'task waits', 'tasks wait')} for queues that no worker serves`);
  for (const { queue, status } of statuses) {
    if (status === 'error') note('crit', `${queue} fails`);
    if (status === 'overloaded') note('warn', `${queue} is overloaded`);
    if (status === 'stopped') note('warn', `${queue} is stopped`);
  }
  const rules = new Set(ringing.map(({ rule }) => rule));
  for (const { severity, summary } of ringing) {
    if (severity !== 'info') note(severity === 'critical' ? 'crit' : 'warn', summary.replace(/\.$/, ''));
  }
  // What an alert says already is not said twice.
  for (const { host, disk_usage: used } of rules.has('disk') ? [] : disks) {
    if (used >= DISK_LOW) note(used >= DISK_FULL ? 'crit' : 'warn', `the disk of ${host} is ${percent(used)} full`);
  }
  const rate = whole.error_rate ?? 0;
  if (rate >= SHAKY && !rules.has('error_rate')) note(rate >= FAILING ? 'crit' : 'warn', `${percent(rate)} of the last hour's tasks failed`);
  if (whole.dead_letters > 0) note('warn', `${counted(whole.dead_letters, 'dead letter')} to look at`);
  if (whole.health === 'unknown') note('off', 'how the system does is not known');
  found.sort((one, other) => ORDER[one.tone] - ORDER[other.tone]);
  if (found.length > 0) return found;
  const busy = whole.running > 0 ? `${counted(whole.running, 'task')} running` : 'nothing to do';
  return [{ tone: 'ok', text: `All is well: ${counted(whole.workers, 'worker')}, ${busy}` }];
}

/** One sentence of the worst three. */
export function sentence(all: readonly Remark[]): string {
  const told = all.slice(0, 3).map(({ text }) => text);
  const more = all.length - told.length;
  const said = `${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
  return said.charAt(0).toUpperCase() + said.slice(1);
}
