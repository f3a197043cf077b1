import { useMutation, type UseQueryResult } from '@tanstack/react-query';
import { api, queries, type Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Button } from '@/kit/Button.tsx';
import { Moment } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { duration, useNow } from '@/kit/time.ts';
import { toast } from '@/kit/toast.ts';
import { alertsChanged } from '@/live/alerts.ts';
import { text } from './silence.ts';

type Silence = Schemas['Silence'];

/** What is kept quiet, the next to end first. */
export function Silences({ query }: { query: UseQueryResult<Silence[]> }) {
  return (
    <Shown query={query}>
      {(all) =>
        all.length === 0 ? (
          <EmptyState command={'revo alert silence rule=cpu --minutes 30 --comment "load test"'}>Nothing is kept quiet.</EmptyState>
        ) : (
          <ul className="grid gap-2" aria-label="Silences">
            {all.map((silence) => (
              <Item key={silence.id} silence={silence} />
            ))}
          </ul>
        )
      }
    </Shown>
  );
}

function Item({ silence }: { silence: Silence }) {
  const { id, matchers, until, comment, by } = silence;
  const now = useNow();
  const left = here(until) - now;
  const end = useMutation({
    mutationFn: () => api.DELETE('/api/monitoring/silences/{id}', { params: { path: { id } } }),
    onSuccess: () => {
      alertsChanged();
      void queries.invalidateQueries({ queryKey: ['/api/monitoring/silences'] });
      toast({ kind: 'ok', text: 'The silence has ended.' });
    },
    onError: (error) => toast({ kind: 'crit', text: error.message }),
  });
  return (
    <li className="card flex flex-wrap items-center justify-between gap-3 p-3">
      <div className="min-w-0">
        <p className="font-mono text-sm break-words">{text(matchers)}</p>
        <p className="mt-1 text-sm text-text2">
          {comment || 'No reason given'}
          {by !== '' && ` · ${by}`} · until <Moment at={here(until)} /> {left > 0 && <span className="num text-text3">({duration(left)} left)</span>}
        </p>
      </div>
      <Button busy={end.isPending} onClick={() => end.mutate()}>
        End now
      </Button>
    </li>
  );
}
