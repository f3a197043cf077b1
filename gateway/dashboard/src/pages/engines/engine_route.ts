import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf, text } from '@/shell/search.ts';
import { root } from '@/shell/root.ts';
import { RANGES, type Range } from '@/pages/overview/ranges.ts';

export interface EngineSearch {
  range?: Range | undefined;
  /** What is looked for in the memories. */
  query?: string | undefined;
}

export const engineRoute = createRoute({
  getParentRoute: () => root,
  path: '/engines/$name',
  validateSearch: (search: Record<string, unknown>): EngineSearch => ({ range: oneOf(search['range'], RANGES), query: text(search['query']) }),
  component: lazyRouteComponent(() => import('./Engine')),
});
