/** At most so many spans are drawn. */
export const SPANS = 60;

/** Tasks that ended between two moments. */
export interface Bin {
  from: number;
  to: number;
  completed: number;
  failed: number;
  canceled: number;
}

/** Spans as `task_histogram` tells them, the oldest first, those without tasks too. */
export function bins(rows: readonly Record<string, unknown>[]): Bin[] {
  return rows.map((row) => ({
    from: Date.parse(String(row['starts_at'])),
    to: Date.parse(String(row['ends_at'])),
    completed: Number(row['completed']),
    failed: Number(row['failed']) + Number(row['rejected']),
    canceled: Number(row['canceled']),
  }));
}

export function sum({ completed, failed, canceled }: Bin): number {
  return completed + failed + canceled;
}
