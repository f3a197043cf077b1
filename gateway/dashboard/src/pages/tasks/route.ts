import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '@/shell/root.ts';
import { reads } from './search.ts';

export const tasksRoute = createRoute({
  getParentRoute: () => root,
  path: '/tasks',
  validateSearch: reads,
  component: lazyRouteComponent(() => import('./Tasks')),
});
