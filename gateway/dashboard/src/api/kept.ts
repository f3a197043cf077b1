/** Results are kept for seven days; analytics knows of tasks that ended long before. */
const KEPT = 7 * 86_400_000;

/** Whether the result of a listed task can still be asked for. */
export function isKept({ finished_at: at }: { finished_at?: string | null }): boolean {
  return typeof at === 'string' && Date.now() - Date.parse(at) < KEPT;
}
