import { useQuery } from '@tanstack/react-query';
import { api, queries, type Schemas } from '@/api/client.ts';
import { Confirm } from '@/kit/Confirm.tsx';
import { counted } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { toast } from '@/kit/toast.ts';

type Selection = Partial<Omit<Schemas['Selection'], 'dry_run'>>;

async function retry(selection: Selection, dry: boolean): Promise<Schemas['Bulk']> {
  const { data } = await api.POST('/api/tasks/bulk-retry', { body: { ...selection, dry_run: dry } as Schemas['Selection'] });
  return data as Schemas['Bulk'];
}

/** Says first what would be run again, counted by the gateway, and then does it. */
export function Requeue({ what, selection, onClose }: { what: string; selection: Selection; onClose: () => void }) {
  const planned = useQuery({ queryKey: ['bulk-retry', selection], queryFn: () => retry(selection, true), staleTime: 0, gcTime: 0 });
  const count = planned.data?.matched;
  const act = async () => {
    if (count === undefined || count === 0) return;
    const { done, skipped, failed } = await retry(selection, false);
    const rest = [skipped > 0 ? `${skipped} changed by others` : '', failed > 0 ? `${failed} failed` : ''].filter(Boolean);
    toast({ kind: failed > 0 ? 'crit' : 'ok', text: [`${counted(done, 'task')} queued again`, ...rest].join(', ') });
    await queries.invalidateQueries();
  };
  const word = count === undefined ? 'Requeue' : count === 0 ? 'Close' : `Requeue ${counted(count, 'task')}`;
  return (
    <Confirm title="Requeue after a look" word={word} act={act} onClose={onClose}>
      <p className="mb-3 break-words">This takes {what}.</p>
      <Shown query={planned}>
        {(plan) =>
          plan.matched === 0 ? (
            <p>Nothing is left to run again: its results were removed, or it was done already.</p>
          ) : (
            <ul className="grid gap-1">
              {plan.counts.map((tally) => (
                <li key={`${tally.function} ${tally.state}`} className="flex justify-between gap-3">
                  <span className="min-w-0 break-words">{tally.function}</span>
                  <span className="num whitespace-nowrap">
                    {tally.count} {tally.state}
                  </span>
                </li>
              ))}
              {plan.more && <li>There are more than these: run it once more afterwards.</li>}
            </ul>
          )
        }
      </Shown>
    </Confirm>
  );
}
