import type { Schemas } from '@/api/client.ts';
import { Field } from '@/kit/Field.tsx';
import type { Draft } from './draft.ts';
import type { Faults } from './faults.ts';
import { PRIORITIES } from './search.ts';

interface Props {
  draft: Draft;
  wrong: Faults['options'];
  /** Registered agents that can do the function. */
  agents: readonly Schemas['AgentView'][];
  onChange: (draft: Draft) => void;
}

/** How, when and by whom it is done. */
export function Options({ draft, wrong, agents, onChange }: Props) {
  // One that cannot do it, or is gone, is shown all the same: the door says what is wrong with it.
  const ids = [...new Set([...(draft.agent === '' ? [] : [draft.agent]), ...agents.map(({ id }) => id)])];
  const name = (id: string) => agents.find((each) => each.id === id)?.name || id;
  return (
    <fieldset className="grid min-w-0 gap-4 border-t border-line pt-4 sm:grid-cols-2">
      <legend className="sr-only">How it is done</legend>
      <Field label="Priority" wrong={wrong.priority}>
        {(tied) => (
          <select {...tied} value={draft.priority} onChange={(event) => onChange({ ...draft, priority: PRIORITIES.find((each) => each === event.target.value) ?? 'medium' })}>
            {PRIORITIES.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Agent" wrong={wrong.agent} hint={ids.length === 0 ? 'No registered agent can do this.' : undefined}>
        {(tied) => (
          <select {...tied} value={draft.agent} onChange={(event) => onChange({ ...draft, agent: event.target.value })}>
            <option value="">Nobody in particular</option>
            {ids.map((id) => (
              <option key={id} value={id}>
                {name(id)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Idempotency key" wrong={wrong.key} hint="The same key is the same task.">
        {(tied) => <input {...tied} type="text" autoComplete="off" spellCheck={false} value={draft.key} onChange={(event) => onChange({ ...draft, key: event.target.value })} />}
      </Field>
      <Field label="Start after" wrong={wrong.delay} hint="Seconds; empty is at once.">
        {(tied) => <input {...tied} type="number" min={0} step="any" inputMode="decimal" value={draft.delay} onChange={(event) => onChange({ ...draft, delay: event.target.value })} />}
      </Field>
    </fieldset>
  );
}
