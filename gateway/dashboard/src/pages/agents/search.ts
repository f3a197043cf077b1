export const VIEWS = ['cards', 'table'] as const;
export const ORIGINS = ['announced', 'registered'] as const;
/** The worst first. */
export const STATES = ['error', 'overloaded', 'processing', 'stopped', 'idle', 'offline'] as const;

export interface Search {
  view?: (typeof VIEWS)[number] | undefined;
  text?: string | undefined;
  status?: (typeof STATES)[number] | undefined;
  origin?: (typeof ORIGINS)[number] | undefined;
  capability?: string | undefined;
}
