import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api, queries, read } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Dialog } from '@/kit/Dialog.tsx';
import { without } from '@/kit/schema.ts';
import { type Input, SchemaForm } from '@/kit/SchemaForm.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { ErrorState } from '@/kit/states.tsx';
import { toast } from '@/kit/toast.ts';
import { Labeled } from './fields.tsx';
import type { Agent } from './filters.ts';

const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const;
type Priority = (typeof PRIORITIES)[number];

/** Gives an agent a task. What its definition has as defaults may be left empty. */
export default function AssignTask({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const form = useId();
  const [name, setName] = useState(agent.capabilities[0] ?? '');
  const [input, setInput] = useState<Input>({});
  const [priority, setPriority] = useState<Priority | ''>('');
  const query = useQuery({ ...read('/api/functions/{name}', { params: { path: { name } } }), enabled: name !== '', staleTime: 60_000 });
  const giving = useMutation({
    mutationFn: () => api.POST('/api/agents/{id}/tasks', { params: { path: { id: agent.id } }, body: { function: name, input: input as never, ...(priority && { priority }) } as never }),
    onSuccess: ({ data }) => {
      toast({ kind: 'ok', text: `${name} is given to ${agent.id} as ${data?.id ?? 'a task'}.` });
      void queries.invalidateQueries();
      onClose();
    },
  });
  const defaults = agent.definition?.config ?? {};
  return (
    <Dialog
      title={`Assign a task to ${agent.name}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button kind="primary" type="submit" form={form} busy={giving.isPending} disabled={name === ''}>
            Assign
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          giving.mutate();
        }}
      >
        {agent.capabilities.length === 0 && <p className="text-warn">No worker has announced a function that it can do.</p>}
        <Labeled
          label="Function"
          render={(field) => (
            <select
              {...field}
              value={name}
              onChange={(event) => {
                setName(event.target.value);
                setInput({});
              }}
            >
              {agent.capabilities.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          )}
        />
        <Labeled
          label="Priority"
          render={(field) => (
            <select {...field} value={priority} onChange={(event) => setPriority(PRIORITIES.find((each) => each === event.target.value) ?? '')}>
              <option value="">As usual</option>
              {PRIORITIES.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          )}
        />
        {name !== '' && (
          <Shown query={query}>
            {({ description, input_schema }) => (
              <>
                <p className="text-sm text-text2">{description.split('\n')[0]}</p>
                {Object.keys(defaults).length > 0 && <p className="text-xs text-text3">It has of its own: {Object.keys(defaults).join(', ')}.</p>}
                <SchemaForm key={name} schema={without(input_schema, Object.keys(defaults))} value={input} onChange={setInput} />
              </>
            )}
          </Shown>
        )}
        {giving.error !== null && <ErrorState error={giving.error} />}
      </form>
    </Dialog>
  );
}
