import { useMutation } from '@tanstack/react-query';
import { api, type Schemas } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { number } from '@/kit/figures.ts';
import { ErrorState } from '@/kit/states.tsx';
import { StatusChip } from '@/kit/Status.tsx';
import { type Rule, verdict, type Wrong } from './rule.ts';

const HOURS = 24;
/** Figures whose past is kept value by value. */
const REMEMBERED = new Set(['cpu', 'memory', 'disk']);

/** What a rule would do now, and would have told, where its figure's past is kept. Nothing of it is kept or told. */
export function DryRun({ rule, wrong, onWrong }: { rule: Rule; wrong: Wrong; onWrong: (wrong: Wrong) => void }) {
  const hours = rule.kind === 'threshold' && REMEMBERED.has(rule.expression) ? HOURS : 0;
  const test = useMutation({
    mutationFn: async () => {
      const named = rule.name === '' ? { ...rule, name: 'new' } : rule;
      const { data } = await api.POST('/api/monitoring/rules/test', { body: { rule: named, hours } });
      return { tried: data as Schemas['Tried'], hours };
    },
  });
  const run = () => {
    const { name: _, ...serious } = wrong;
    onWrong(serious);
    if (Object.keys(serious).length === 0) test.mutate();
  };
  return (
    <section aria-label="Dry run" className="rounded-button border border-line p-3">
      <div className="flex flex-wrap items-center gap-3">
        <Button busy={test.isPending} onClick={run}>
          Try it
        </Button>
        <p role="status" className="min-w-0 flex-1 wrap-anywhere text-text2">
          {test.data === undefined ? (hours > 0 ? `Now, and over the last ${HOURS} h.` : 'As things are now; the past of this figure is not kept value by value.') : verdict(test.data.tried, test.data.hours)}
        </p>
      </div>
      {test.error !== null && <ErrorState error={test.error} />}
      {test.data !== undefined && test.data.tried.values.length > 0 && (
        <ul className="mt-2 grid gap-1 text-sm">
          {test.data.tried.values.slice(0, 5).map(({ labels, value, state, severity, summary }) => (
            <li key={JSON.stringify(labels)} className="flex flex-wrap items-center gap-x-3">
              {state === 'ok' ? <span className="text-text3">would be quiet</span> : <StatusChip state={severity} />}
              <span className="num font-semibold">{number(value)}</span>
              <span className="min-w-0 truncate text-text2">{summary}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
