/** Milliseconds that the gateway's clock is ahead of ours; small differences are those of the way. */
let ahead = 0;
const NOISE = 3_000;

/** Learns how the clocks differ from the Date header of an answer. */
export function compare(date: string | null): void {
  const said = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(said)) return;
  const now = said - Date.now();
  ahead = Math.abs(now) < NOISE ? 0 : now;
}

/** This moment, or one of ours, by the clock of the gateway: what it is asked for is meant by its clock. */
export function there(time: number = Date.now()): number {
  return time + ahead;
}

/** A time of the gateway by our clock: ages are right though one of the two is wrong by an hour. */
export function here(time: string | number | Date): number {
  return new Date(time).getTime() - ahead;
}
