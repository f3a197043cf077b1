import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, read, type Schemas } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { Dialog } from '@/kit/Dialog.tsx';
import { type Input, SchemaForm } from '@/kit/SchemaForm.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { ErrorState } from '@/kit/states.tsx';
import { toast } from '@/kit/toast.ts';
import { useInput } from './Pane.tsx';

type View = Schemas['TaskView'];

/** A new task like this one, with an input that can be changed first. */
export function Duplicate({ view, onClose }: { view: View; onClose: () => void }) {
  const input = useInput(view);
  return (
    <Dialog title={`Duplicate ${view.function}`} wide onClose={onClose}>
      <Shown query={input}>{({ value }) => <Edit view={view} value={(value ?? {}) as Input} onClose={onClose} />}</Shown>
    </Dialog>
  );
}

function Edit({ view, value, onClose }: { view: View; value: Input; onClose: () => void }) {
  const go = useNavigate();
  const [edited, setEdited] = useState(value);
  const about = useQuery(read('/api/functions/{name}', { params: { path: { name: view.function } } }));
  const giving = useMutation({
    mutationFn: async () => {
      const agent = view.result?.agent;
      const submission = { function: view.function, input: edited, priority: view.priority ?? 'medium', ...(agent ? { agent } : {}) };
      const { data } = await api.POST('/api/tasks', { body: submission as unknown as Schemas['Submission'] });
      return data!;
    },
    onSuccess: ({ id }) => {
      toast({ kind: 'ok', text: 'It is in the queue.' });
      onClose();
      void go({ to: '/tasks/$id', params: { id } });
    },
  });
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        giving.mutate();
      }}
    >
      {about.isPending ? null : <SchemaForm schema={about.data?.input_schema ?? null} value={edited} onChange={setEdited} />}
      {giving.error !== null && <ErrorState error={giving.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Back</Button>
        <Button type="submit" kind="primary" busy={giving.isPending}>
          Submit
        </Button>
      </div>
    </form>
  );
}
