import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '@/shell/root.ts';
import { oneOf, text } from '@/shell/search.ts';

interface Search {
  /** What is to run; without it the gallery is shown. */
  function?: string | undefined;
  /** Narrows the gallery. */
  text?: string | undefined;
  /** Whose functions are shown, and who gets the task. */
  agent?: string | undefined;
  tab?: 'json' | undefined;
  /** The task that was submitted last. */
  task?: string | undefined;
}

export const newTaskRoute = createRoute({
  getParentRoute: () => root,
  path: '/tasks/new',
  validateSearch: (search: Record<string, unknown>): Search => ({
    function: text(search['function']),
    text: text(search['text']),
    agent: text(search['agent']),
    tab: oneOf(search['tab'], ['json']),
    task: text(search['task']),
  }),
  component: lazyRouteComponent(() => import('./NewTask')),
});
