import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '@/shell/root.ts';
import { oneOf, text } from '@/shell/search.ts';
import { type Search, SHOWN, TABS } from './search.ts';

export const schedulesRoute = createRoute({
  getParentRoute: () => root,
  path: '/schedules',
  validateSearch: (search: Record<string, unknown>): Search => ({
    tab: oneOf(search['tab'], TABS),
    shown: oneOf(search['shown'], SHOWN),
    text: text(search['text']),
  }),
  component: lazyRouteComponent(() => import('./Schedules')),
});
