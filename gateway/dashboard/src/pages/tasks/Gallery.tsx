import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, type KeyboardEvent } from 'react';
import { read } from '@/api/client.ts';
import { counted } from '@/kit/figures.ts';
import { FilterEmpty } from '@/kit/states.tsx';
import { type Shortcut, useShortcuts } from '@/shell/keys.ts';
import { Name } from './columns.tsx';
import { gist, groups, type Info, matching } from './gallery.ts';

const route = getRouteApi('/tasks/new');
const CONTROL = 'h-9 min-w-0 rounded-button border border-control bg-surface px-3 text-base text-text placeholder:text-text3 pointer-coarse:h-11';

/** Every function with what it is for, by engine and agent. */
export function Gallery({ all }: { all: readonly Info[] }) {
  const { text = '', agent } = route.useSearch();
  const go = route.useNavigate();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  useShortcuts(useMemo<Shortcut[]>(() => [{ keys: '/', does: 'Search for a function', act: () => field.current?.focus() }], []));
  const agents = useQuery({ ...read('/api/agents', { params: { query: { origin: 'registered', limit: 500 } } }), staleTime: 30_000 });
  const own = agents.data?.find(({ id }) => id === agent)?.capabilities;
  const able = agent === undefined ? all : all.filter(({ name }) => own?.includes(name));
  const found = matching(able, text);
  const shown = text === '' ? groups(found) : [{ queue: '', title: counted(found.length, 'function'), engine: false, functions: found }];
  const set = (next: { text?: string | undefined; agent?: string | undefined }) => void go({ search: (before) => ({ ...before, ...next }), replace: true });

  return (
    <div data-steps className="grid grid-cols-1 gap-5">
      <form
        role="search"
        className="flex flex-wrap gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (found[0] !== undefined) void go({ search: (before) => ({ ...before, function: found[0]!.name }) });
        }}
      >
        <input
          ref={field}
          type="search"
          data-step
          onKeyDown={step}
          aria-label="Search for a function"
          placeholder="What is to be done? Enter takes the first."
          autoComplete="off"
          className={`${CONTROL} min-w-56 flex-1`}
          value={text}
          onChange={(event) => set({ text: event.target.value || undefined })}
        />
        {(agents.data?.length ?? 0) > 0 && (
          <select aria-label="Agent" className={CONTROL} value={agent ?? ''} onChange={(event) => set({ agent: event.target.value || undefined })}>
            <option value="">All agents</option>
            {agents.data?.map(({ id, name }) => (
              <option key={id} value={id}>
                {name || id}
              </option>
            ))}
          </select>
        )}
      </form>
      {found.length === 0 && !(agent !== undefined && agents.isPending) && <FilterEmpty what="functions" onClear={() => set({ text: undefined, agent: undefined })} />}
      {shown.map(
        ({ queue, title, functions }) =>
          functions.length > 0 && (
            <section key={queue} aria-label={title} className="grid gap-2">
              <h2 className="text-sm font-medium text-text2">{title}</h2>
              <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,19rem),1fr))] gap-3">
                {functions.map((info) => (
                  <li key={info.name} className="min-w-0">
                    <Choice info={info} text={text || undefined} agent={agent} />
                  </li>
                ))}
              </ul>
            </section>
          ),
      )}
    </div>
  );
}

interface ChoiceProps {
  info: Info;
  text: string | undefined;
  agent: string | undefined;
}

function Choice({ info: { name, description }, text, agent }: ChoiceProps) {
  return (
    <Link
      to="/tasks/new"
      search={{ text, agent, function: name }}
      data-step
      onKeyDown={step}
      data-engine={name.split('.')[0]}
      className="card engine-card grid h-full content-start gap-1.5 p-3 hover:border-control"
    >
      <Name name={name} />
      <span className="line-clamp-3 text-sm text-text2">
        <bdi>{gist(description)}</bdi>
      </span>
    </Link>
  );
}

/** Arrows go from the search to the functions, and from one to the next. */
function step(event: KeyboardEvent<HTMLElement>): void {
  const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (steps === undefined) return;
  const stops = [...(event.currentTarget.closest('[data-steps]')?.querySelectorAll<HTMLElement>('[data-step]') ?? [])];
  const next = stops[stops.indexOf(event.currentTarget) + steps];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
