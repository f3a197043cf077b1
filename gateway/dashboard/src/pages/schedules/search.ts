export const TABS = ['recurring', 'once'] as const;
export type Tab = (typeof TABS)[number];
export const SHOWN = ['on', 'paused'] as const;

export interface Search {
  tab?: Tab | undefined;
  shown?: (typeof SHOWN)[number] | undefined;
  text?: string | undefined;
}
