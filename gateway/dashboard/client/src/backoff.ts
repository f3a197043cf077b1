/** How long to wait before the next attempt. Times are milliseconds. */
export interface Backoff {
  base: number;
  cap: number;
  floor: number;
  random: () => number;
}

export const BACKOFF: Backoff = { base: 300, cap: 15_000, floor: 100, random: Math.random };

/** Full jitter: anything up to a ceiling that doubles with each attempt, and no less than the floor.
 *
 * `hint` is what a stopping gateway asked for: its clients come back one by one, not before it. */
export function delay(attempt: number, { base, cap, floor, random }: Backoff, hint = 0): number {
  const ceiling = Math.min(cap, base * 2 ** Math.min(attempt, 30));
  return Math.max(floor, hint + random() * Math.max(ceiling, hint));
}

/** The milliseconds in the reason of a close: `retry=2000`. */
export function hinted(reason: string): number {
  return Number(/\bretry=(\d{1,6})\b/.exec(reason)?.[1] ?? 0);
}
