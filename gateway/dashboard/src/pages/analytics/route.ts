import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '@/shell/root.ts';
import { count, oneOf, text } from '@/shell/search.ts';
import { type Drawn, DRAWN, PRIORITIES, type Priority, type Report, REPORTS, type View, VIEWS, type Window, WINDOWS } from './views.ts';

export interface Search {
  view?: View | undefined;
  /** A statement that was sent along. It is shown, and run when somebody says so. */
  sql?: string | undefined;
  draw?: Drawn | undefined;
  /** Places of the columns that are drawn. */
  x?: number | undefined;
  y?: number | undefined;
  report?: Report | undefined;
  window?: Window | undefined;
  /** What a prediction is asked of; `steps` is JSON and goes before all but the priority. */
  function?: string | undefined;
  agent?: string | undefined;
  model?: string | undefined;
  size?: number | undefined;
  when?: string | undefined;
  count?: number | undefined;
  priority?: Priority | undefined;
  steps?: string | undefined;
  /** The function whose calibration is shown. */
  judged?: string | undefined;
}

export const analyticsRoute = createRoute({
  getParentRoute: () => root,
  path: '/analytics',
  validateSearch: (search: Record<string, unknown>): Search => ({
    view: oneOf(search['view'], VIEWS),
    sql: text(search['sql']),
    draw: oneOf(search['draw'], DRAWN),
    x: count(search['x']),
    y: count(search['y']),
    report: oneOf(search['report'], REPORTS),
    window: oneOf(search['window'], WINDOWS),
    function: text(search['function']),
    agent: text(search['agent']),
    model: text(search['model']),
    size: count(search['size']),
    when: text(search['when']),
    count: count(search['count'], 1),
    priority: oneOf(search['priority'], PRIORITIES),
    // An address that somebody wrote by hand holds the list itself.
    steps: text(Array.isArray(search['steps']) ? JSON.stringify(search['steps']) : search['steps']),
    judged: text(search['judged']),
  }),
  component: lazyRouteComponent(() => import('./Analytics')),
});
