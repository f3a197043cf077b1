import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '@/shell/root.ts';
import { oneOf, text } from '@/shell/search.ts';
import { type Range, RANGES, type Tab, TABS } from './search.ts';

interface Search {
  tab?: Tab | undefined;
  range?: Range | undefined;
  queue?: string | undefined;
  error?: string | undefined;
}

export const failuresRoute = createRoute({
  getParentRoute: () => root,
  path: '/failures',
  validateSearch: (search: Record<string, unknown>): Search => ({
    tab: oneOf(search['tab'], TABS),
    range: oneOf(search['range'], RANGES),
    queue: text(search['queue']),
    error: text(search['error']),
  }),
  component: lazyRouteComponent(() => import('./Failures')),
});
