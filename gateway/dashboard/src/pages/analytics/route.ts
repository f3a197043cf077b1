import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '@/shell/root.ts';
import { count, oneOf, text } from '@/shell/search.ts';
import { type Drawn, DRAWN, type Report, REPORTS, type View, VIEWS, type Window, WINDOWS } from './views.ts';

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
  function?: string | undefined;
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
  }),
  component: lazyRouteComponent(() => import('./Analytics')),
});
