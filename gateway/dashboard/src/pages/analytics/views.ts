export const VIEWS = ['sql', 'reports', 'prediction'] as const;
export type View = (typeof VIEWS)[number];

export const DRAWN = ['table', 'line', 'bar'] as const;
export type Drawn = (typeof DRAWN)[number];

export const REPORTS = ['success', 'failures', 'times', 'throughput', 'cost', 'trends', 'agents'] as const;
export type Report = (typeof REPORTS)[number];

export const WINDOWS = ['1h', '6h', '24h', '7d'] as const;
export type Window = (typeof WINDOWS)[number];
export const HOURS: Record<Window, number> = { '1h': 1, '6h': 6, '24h': 24, '7d': 168 };

export const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];
