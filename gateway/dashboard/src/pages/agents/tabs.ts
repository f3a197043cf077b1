export const TABS = ['configuration', 'tasks', 'metrics', 'analytics', 'logs'] as const;
export const ENDED = ['completed', 'failed', 'rejected', 'canceled'] as const;
export const WINDOWS = ['1h', '6h', '24h', '7d'] as const;
export const LEVELS = ['debug', 'info', 'warning', 'error'] as const;

export type Tab = (typeof TABS)[number];
export type Window = (typeof WINDOWS)[number];
export type Level = (typeof LEVELS)[number];

export const HOURS: Record<Window, number> = { '1h': 1, '6h': 6, '24h': 24, '7d': 168 };

export interface AgentSearch {
  tab?: Tab | undefined;
  state?: (typeof ENDED)[number] | undefined;
  window?: Window | undefined;
  level?: Level | undefined;
  text?: string | undefined;
}

/** What every tab of the page of an agent is given. */
export interface TabProps {
  search: AgentSearch;
  onChange: (change: AgentSearch) => void;
}
