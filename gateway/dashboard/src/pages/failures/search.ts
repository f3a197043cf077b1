export const TABS = ['causes', 'letters'] as const;
export type Tab = (typeof TABS)[number];

export const RANGES = ['1h', '6h', '24h', '7d'] as const;
export type Range = (typeof RANGES)[number];
export const HOURS: Record<Range, number> = { '1h': 1, '6h': 6, '24h': 24, '7d': 168 };
