import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '@/shell/root.ts';
import { oneOf, text } from '@/shell/search.ts';
import { TABS, type Tab } from './tabs.ts';

interface Search {
  tab?: Tab | undefined;
  /** The task of the family whose details are shown; else the one at the top. */
  of?: string | undefined;
}

export const taskRoute = createRoute({
  getParentRoute: () => root,
  path: '/tasks/$id',
  validateSearch: (search: Record<string, unknown>): Search => ({ tab: oneOf(search['tab'], TABS), of: text(search['of']) }),
  component: lazyRouteComponent(() => import('./Task')),
});
