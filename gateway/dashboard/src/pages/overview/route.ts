import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf } from '@/shell/search.ts';
import { root } from '@/shell/root.ts';
import { type Range, RANGES } from './ranges.ts';

interface Search {
  range?: Range | undefined;
}

export const overviewRoute = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: (search: Record<string, unknown>): Search => ({ range: oneOf(search['range'], RANGES) }),
  component: lazyRouteComponent(() => import('./Overview')),
});
