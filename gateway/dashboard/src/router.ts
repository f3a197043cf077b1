import { createRouter } from '@tanstack/react-router';
import { alertsRoute } from '@/pages/alerts/route.ts';
import { analyticsRoute } from '@/pages/analytics/route.ts';
import { overviewRoute } from '@/pages/overview/route.ts';
import { taskRoute } from '@/pages/tasks/task_route.ts';
import { tasksRoute } from '@/pages/tasks/route.ts';
import { root } from '@/shell/root.ts';

/** Every page, one line each. */
const tree = root.addChildren([
  overviewRoute,
  tasksRoute,
  taskRoute,
  alertsRoute,
  analyticsRoute,
]);

export const router = createRouter({ routeTree: tree, defaultPreload: 'intent', scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
