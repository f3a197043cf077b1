import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '@/shell/root.ts';
import { oneOf, text } from '@/shell/search.ts';
import { LANE_CHOICES, RANGES, type Search, STATES, VIEWS } from './search.ts';

export const workersRoute = createRoute({
  getParentRoute: () => root,
  path: '/workers',
  validateSearch: (search: Record<string, unknown>): Search => ({
    view: oneOf(search['view'], VIEWS),
    state: oneOf(search['state'], STATES),
    text: text(search['text']),
    lanes: oneOf(search['lanes'], LANE_CHOICES),
    queue: text(search['queue']),
    range: oneOf(search['range'], RANGES),
    lost: text(search['lost']),
  }),
  component: lazyRouteComponent(() => import('./Workers')),
});
