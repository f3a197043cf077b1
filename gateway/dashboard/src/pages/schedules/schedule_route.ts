import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '@/shell/root.ts';

export const scheduleRoute = createRoute({
  getParentRoute: () => root,
  path: '/schedules/$name',
  component: lazyRouteComponent(() => import('./Schedule')),
});
