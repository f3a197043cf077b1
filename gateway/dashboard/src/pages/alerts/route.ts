import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '@/shell/root.ts';
import { oneOf, text } from '@/shell/search.ts';
import { SEVERITIES, type Severity, type View, VIEWS } from './views.ts';

export interface Search {
  view?: View | undefined;
  severity?: Severity | undefined;
  text?: string | undefined;
  /** The alert that is looked at. */
  alert?: string | undefined;
  /** The rule that is changed; `new` is one to come. */
  rule?: string | undefined;
  /** What a new silence is to fit: `rule=cpu,host=a`. */
  silence?: string | undefined;
  /** The target of notifications that is changed; `new` is one to come. */
  target?: string | undefined;
}

export const alertsRoute = createRoute({
  getParentRoute: () => root,
  path: '/alerts',
  validateSearch: (search: Record<string, unknown>): Search => ({
    view: oneOf(search['view'], VIEWS),
    severity: oneOf(search['severity'], SEVERITIES),
    text: text(search['text']),
    alert: text(search['alert']),
    rule: text(search['rule']),
    target: text(search['target']),
    // Empty is a silence that fits nothing yet.
    silence: typeof search['silence'] === 'string' ? search['silence'] : undefined,
  }),
  component: lazyRouteComponent(() => import('./Alerts')),
});
