import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '@/shell/root.ts';

export const enginesRoute = createRoute({
  getParentRoute: () => root,
  path: '/engines',
  component: lazyRouteComponent(() => import('./Engines')),
});
