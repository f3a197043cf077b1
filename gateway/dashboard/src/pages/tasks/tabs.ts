export const TABS = ['input', 'output', 'error', 'attempts', 'logs', 'raw'] as const;
export type Tab = (typeof TABS)[number];
