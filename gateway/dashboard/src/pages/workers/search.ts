export const VIEWS = ['workers', 'lanes', 'lost'] as const;
export const STATES = ['alive', 'draining', 'frozen', 'starting', 'restarting', 'drained', 'gone'] as const;
export const LANE_CHOICES = ['all', 'busy', 'unserved'] as const;
export const RANGES = ['1h', '6h', '24h', '7d'] as const;

export interface Search {
  view?: (typeof VIEWS)[number] | undefined;
  /** Of workers. */
  state?: (typeof STATES)[number] | undefined;
  text?: string | undefined;
  lanes?: (typeof LANE_CHOICES)[number] | undefined;
  /** The queue whose past is shown. */
  queue?: string | undefined;
  range?: (typeof RANGES)[number] | undefined;
  /** The lost worker whose recovery is shown. */
  lost?: string | undefined;
}
