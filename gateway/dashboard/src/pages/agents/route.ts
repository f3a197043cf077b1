import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf, text } from '@/shell/search.ts';
import { root } from '@/shell/root.ts';
import { ORIGINS, type Search, STATES, VIEWS } from './search.ts';

export const agentsRoute = createRoute({
  getParentRoute: () => root,
  path: '/agents',
  validateSearch: (search: Record<string, unknown>): Search => ({
    view: oneOf(search['view'], VIEWS),
    text: text(search['text']),
    status: oneOf(search['status'], STATES),
    origin: oneOf(search['origin'], ORIGINS),
    capability: text(search['capability']),
  }),
  component: lazyRouteComponent(() => import('./Agents')),
});
