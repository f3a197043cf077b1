import type { Schemas } from '@/api/client.ts';
import { counted } from '@/kit/figures.ts';

export type Told = Schemas['Recovery'];
type Task = Told['tasks'][number];

/** All that it held is with others or done, and somebody has its place (or it had none). */
export function isOver(told: Told): boolean {
  return (told.part === null || told.successor !== null) && open(told).length === 0;
}

/** The tasks that nobody has taken up yet. */
export function open({ tasks }: Told): Task[] {
  return tasks.filter(({ state }) => state === 'queued' || state === 'waiting');
}

/** The longest time until a task of it ran again; null where none has. */
export function slowest({ tasks }: Told): number | null {
  const known = tasks.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  return known.length === 0 ? null : Math.max(...known);
}

/** How it died, in words. */
export function death({ how, asked }: Told): string {
  if (how === null) return 'lost its connection, and what it held went to others';
  return asked ? `${how}, on request` : how;
}

export function handedOver({ held, handed_over_by: by }: Told): string {
  if (held === 0) return 'It held nothing';
  return `${counted(held ?? 0, 'task')} given back to the queues by ${by}`;
}
