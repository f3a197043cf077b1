import type { UseQueryResult } from '@tanstack/react-query';
import type { Schemas } from '@/api/client.ts';
import { counted } from '@/kit/figures.ts';
import { Shown as Reading } from '@/kit/Shown.tsx';
import { EmptyState, FilterEmpty, Skeleton } from '@/kit/states.tsx';
import { look } from '@/kit/Status.tsx';
import { byHost, matching, type Shown } from './fleet.ts';
import { CONTROL, TextFilter } from './TextFilter.tsx';
import { type Search, STATES } from './search.ts';
import { WorkerRow } from './WorkerRow.tsx';

interface Props {
  query: UseQueryResult<Schemas['Fleet']>;
  workers: readonly Shown[];
  faults: boolean;
  /** Ids of workers that were lost. */
  lost: ReadonlySet<string>;
  search: Search;
  onChange: (to: Search) => void;
}

/** Everybody, by host where there are several. */
export function WorkerList({ query, workers, faults, lost, search, onChange }: Props) {
  const found = matching(workers, search);
  const hosts = byHost(found);
  return (
    <div className="grid grid-cols-1 gap-4">
      <div role="search" aria-label="Workers" className="flex flex-wrap items-center gap-2">
        <TextFilter label="Search workers" placeholder="Worker, host or queue" value={search.text} onChange={(text) => onChange({ text })} />
        <select aria-label="State" className={CONTROL} value={search.state ?? ''} onChange={(event) => onChange({ state: STATES.find((state) => state === event.target.value) })}>
          <option value="">Every state</option>
          {STATES.map((state) => (
            <option key={state} value={state}>
              {look(state).word}
            </option>
          ))}
        </select>
      </div>
      <Reading query={query} skeleton={<Skeleton rows={3} height={132} label="Loading workers" />}>
        {() => {
          if (workers.length === 0) return <EmptyState command="revo work">No worker is here.</EmptyState>;
          if (found.length === 0) return <FilterEmpty what="workers" onClear={() => onChange({ text: undefined, state: undefined })} />;
          return hosts.map(([host, own]) => (
            <section key={host} aria-label={`Workers of ${host}`} className="grid gap-3">
              {hosts.length > 1 && <Host name={host} workers={own} />}
              <ul aria-label={`On ${host}`} className="grid gap-3">
                {own.map((worker) => (
                  <li key={worker.id}>
                    <WorkerRow level={hosts.length > 1 ? 'h3' : 'h2'} worker={worker} faults={faults} lost={lost.has(worker.id)} onRecovery={() => onChange({ lost: worker.id })} />
                  </li>
                ))}
              </ul>
            </section>
          ));
        }}
      </Reading>
    </div>
  );
}

function Host({ name, workers }: { name: string; workers: readonly Shown[] }) {
  const there = workers.filter(({ state }) => state === 'alive');
  const busy = there.reduce((sum, { held }) => sum + (held.length), 0);
  const slots = there.reduce((sum, { slots: own }) => sum + (own ?? 0), 0);
  return (
    <h2 className="flex flex-wrap items-baseline gap-x-3 text-base font-medium">
      <bdi>{name}</bdi>
      <span className="num text-sm font-normal text-text3">
        {counted(there.length, 'worker')} at work, {busy} of {counted(slots, 'slot')} busy
      </span>
    </h2>
  );
}
