import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf, text } from '@/shell/search.ts';
import { root } from '@/shell/root.ts';
import { type AgentSearch, ENDED, LEVELS, TABS, WINDOWS } from './tabs.ts';

export const agentRoute = createRoute({
  getParentRoute: () => root,
  path: '/agents/$id',
  validateSearch: (search: Record<string, unknown>): AgentSearch => ({
    tab: oneOf(search['tab'], TABS),
    state: oneOf(search['state'], ENDED),
    window: oneOf(search['window'], WINDOWS),
    level: oneOf(search['level'], LEVELS),
    text: text(search['text']),
  }),
  component: lazyRouteComponent(() => import('./Agent')),
});
