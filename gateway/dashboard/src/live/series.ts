/** Columns of numbers for a chart: time in seconds first, then one for each line. A null is a hole in the line. */
export type Columns = [number[], ...(number | null)[][]];

/** The last rows of a live measurement. Charts read it when they draw; React does not render for a row. */
export class Series {
  readonly columns: Columns;
  private readonly watchers = new Set<() => void>();

  constructor(
    lines: number,
    private readonly most = 720,
  ) {
    this.columns = [[], ...Array.from({ length: lines }, () => [])];
  }

  get length(): number {
    return this.columns[0].length;
  }

  /** Adds a row; one of the same time or an older one is a repeat. */
  push(time: number, ...row: (number | null)[]): void {
    const [times, ...lines] = this.columns;
    if (times.length > 0 && time <= times[times.length - 1]!) return;
    times.push(time);
    lines.forEach((line, place) => line.push(row[place] ?? null));
    if (times.length > this.most) for (const column of this.columns) column.shift();
    this.changed();
  }

  /** Puts history before what came live. */
  fill(rows: readonly [number, ...(number | null)[]][]): void {
    const first = this.columns[0][0] ?? Number.POSITIVE_INFINITY;
    const older = rows.filter(([time]) => time < first).slice(-this.most);
    const [times, ...lines] = this.columns;
    times.unshift(...older.map(([time]) => time));
    lines.forEach((line, place) => line.unshift(...older.map((row) => row[place + 1] ?? null)));
    this.changed();
  }

  /** Other rows in place of all of these. */
  replace({ columns }: Series): void {
    this.columns.forEach((column, place) => column.splice(0, column.length, ...(columns[place] ?? [])));
    this.changed();
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  private changed(): void {
    for (const watcher of this.watchers) watcher();
  }
}
