import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api, read, type Schemas } from '@/api/client.ts';
import { Failure } from '@/api/failure.ts';
import { Button } from '@/kit/Button.tsx';
import { Card } from '@/kit/Card.tsx';
import { duration } from '@/kit/time.ts';
import { fields, without } from '@/kit/schema.ts';
import type { Input } from '@/kit/SchemaForm.tsx';
import { ErrorState } from '@/kit/states.tsx';
import { type Shortcut, useShortcuts, written } from '@/shell/keys.ts';
import { Name } from './columns.tsx';
import type { Given } from './commands.ts';
import { CopyGiven } from './CopyAs.tsx';
import { type Draft, EMPTY, keep, kept, submission } from './draft.ts';
import { type Faults, holding, NO_FAULTS, refused, rejected } from './faults.ts';
import type { Info } from './gallery.ts';
import { Options } from './Options.tsx';
import { Outcome } from './Outcome.tsx';
import { Predicted } from './Predicted.tsx';
import { useTask } from './known.tsx';
import { Written } from './Written.tsx';

const route = getRouteApi('/tasks/new');

/** A task of one function: filled in, submitted, and what became of it. */
export function Compose({ info }: { info: Info }) {
  const { name } = info;
  const { agent, task } = route.useSearch();
  const go = route.useNavigate();
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<Draft>(() => ({ ...kept(name), ...(agent === undefined ? {} : { agent }) }));
  const [begun, setBegun] = useState(0);
  const write = (next: Draft) => {
    setDraft(next);
    keep(name, next);
  };
  const agents = useQuery({ ...read('/api/agents', { params: { query: { origin: 'registered', capability: name, limit: 500 } } }), staleTime: 30_000 });
  const own = Object.keys(agents.data?.find(({ id }) => id === draft.agent)?.definition?.config ?? {});

  const giving = useMutation({
    mutationFn: async (given: Given) => {
      // What is left out has its default; the type is that of what is read, with all of it.
      const { data } = await api.POST('/api/tasks', { body: given as unknown as Schemas['Submission'] });
      return data!;
    },
    onSuccess: ({ id }) => void go({ search: (before) => ({ ...before, task: id }), replace: true }),
  });
  const submit = () => draft.unread === null && giving.mutate(submission(name, draft));
  useShortcuts(useMemo<Shortcut[]>(() => [{ keys: 'mod+enter', does: 'Submit the task', act: () => form.current?.requestSubmit() }], []));
  // The first thing to fill in; a phone would open its keyboard.
  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) form.current?.querySelector<HTMLElement>('input, select, textarea')?.focus({ preventScroll: true });
  }, []);

  const faults = useFaults({ info, draft, task, error: giving.error, given: giving.variables });
  const { error } = giving;
  useEffect(() => {
    if (error !== null) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [error]);

  return (
    <>
      <section aria-label={name} data-engine={name.split('.')[0]} className="card engine-card grid gap-2 p-4">
        <h1 className="text-xl font-semibold">
          <span className="sr-only">New task: </span>
          <Name name={name} />
        </h1>
        <p className="max-w-prose text-sm break-words whitespace-pre-line text-text2">
          <bdi>{info.description}</bdi>
        </p>
        <p className="text-xs text-text3">
          Up to {duration(info.timeout * 1000)} for an attempt, {info.max_attempts === 1 ? 'one attempt' : `${info.max_attempts} attempts at most`}. Version {info.version}.
        </p>
        <Predicted name={name} agent={draft.agent} priority={draft.priority} />
      </section>
      <div className={task === undefined ? 'grid max-w-3xl grid-cols-1 gap-4' : 'grid grid-cols-1 items-start gap-4 lg:grid-cols-2'}>
        <Card title="Input">
          <form
            ref={form}
            className="grid grid-cols-1 gap-5"
            onSubmit={(event) => {
              event.preventDefault();
              submit();
            }}
          >
            <Written key={begun} schema={without(info.input_schema, own)} draft={draft} wrong={faults.fields} onChange={write} />
            {own.length > 0 && <p className="text-xs text-text3">The agent has of its own: {own.join(', ')}.</p>}
            <Options draft={draft} wrong={faults.options} agents={agents.data ?? []} onChange={write} />
            {faults.rest !== null && error !== null && <ErrorState error={error} />}
            <div className="flex flex-wrap items-center gap-2">
              <Button type="submit" kind="primary" busy={giving.isPending} disabled={draft.unread !== null} shortcut={written('mod+Enter')}>
                Submit
              </Button>
              <Button
                kind="quiet"
                onClick={() => {
                  write(EMPTY);
                  setBegun(begun + 1);
                  giving.reset();
                }}
              >
                Start over
              </Button>
              <CopyGiven given={draft.unread === null ? submission(name, draft) : null} />
            </div>
          </form>
        </Card>
        {task !== undefined && <Outcome key={task} id={task} given={giving.data?.id === task ? giving.data : null} />}
      </div>
    </>
  );
}

interface Asked {
  info: Info;
  draft: Draft;
  task: string | undefined;
  error: Error | null;
  given: Given | undefined;
}

/** What the door or, later, the function found wrong with what was submitted, as long as it is still there. */
function useFaults({ info, draft, task, error, given }: Asked): Faults {
  const { data } = useTask(task ?? '', task !== undefined);
  if (error !== null) {
    if (!(error instanceof Failure)) return { ...NO_FAULTS, rest: error.message };
    return refused(error.problem.code, error.message, given?.agent ?? '');
  }
  const result = data?.result;
  if (result?.error?.type !== 'invalid_input') return NO_FAULTS;
  const names = fields(info.input_schema)?.map(({ name }) => name) ?? [];
  return holding(rejected(result.error.message, names), (result.input ?? {}) as Input, draft.input);
}
