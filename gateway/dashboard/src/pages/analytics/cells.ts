/** A value as it stands in a cell. What is not there is told from an empty text. */
export function cell(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The number that a value is; nothing where it is none. */
export function figure(value: unknown): number | null {
  if (value === null || value === '' || typeof value === 'boolean' || typeof value === 'object') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** The columns that can be drawn: those in which every value that is there is a number. */
export function drawable(rows: readonly (readonly unknown[])[], columns: number): number[] {
  const some = rows.slice(0, 200);
  return Array.from({ length: columns }, (_, place) => place).filter((place) => {
    const values = some.map((row) => row[place]).filter((value) => value !== null);
    return values.length > 0 && values.every((value) => figure(value) !== null);
  });
}

/** Round figures between which all values lie, zero among them. */
export function span(values: readonly number[]): { low: number; high: number } {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  return low === high ? { low: 0, high: 1 } : { low, high };
}
