import { createRouter } from '@tanstack/react-router';
import { agentRoute } from '@/pages/agents/agent_route.ts';
import { agentsRoute } from '@/pages/agents/route.ts';
import { alertsRoute } from '@/pages/alerts/route.ts';
import { analyticsRoute } from '@/pages/analytics/route.ts';
import { engineRoute } from '@/pages/engines/engine_route.ts';
import { enginesRoute } from '@/pages/engines/route.ts';
import { failuresRoute } from '@/pages/failures/route.ts';
import { overviewRoute } from '@/pages/overview/route.ts';
import { scheduleRoute } from '@/pages/schedules/schedule_route.ts';
import { schedulesRoute } from '@/pages/schedules/route.ts';
import { newTaskRoute } from '@/pages/tasks/new_route.ts';
import { taskRoute } from '@/pages/tasks/task_route.ts';
import { tasksRoute } from '@/pages/tasks/route.ts';
import { workersRoute } from '@/pages/workers/route.ts';
import { root } from '@/shell/root.ts';
import { Failed } from '@/shell/Upgraded.tsx';

/** Every page, one line each. */
const tree = root.addChildren([
  overviewRoute,
  tasksRoute,
  newTaskRoute,
  taskRoute,
  agentsRoute,
  agentRoute,
  enginesRoute,
  engineRoute,
  alertsRoute,
  analyticsRoute,
  failuresRoute,
  schedulesRoute,
  scheduleRoute,
  workersRoute,
]);

export const router = createRouter({ routeTree: tree, defaultPreload: 'intent', defaultErrorComponent: Failed, scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
