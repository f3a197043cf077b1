import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { Field } from '@/kit/Field.tsx';
import { fields, type Schema } from '@/kit/schema.ts';
import { SchemaForm } from '@/kit/SchemaForm.tsx';
import { Tabs } from '@/kit/Tabs.tsx';
import { type Draft, parsed, typed } from './draft.ts';

const route = getRouteApi('/tasks/new');
const TABS = [
  { key: 'form', label: 'Form' },
  { key: 'json', label: 'JSON' },
] as const;

interface Props {
  schema: Schema;
  draft: Draft;
  wrong: Readonly<Record<string, string>>;
  onChange: (draft: Draft) => void;
}

/** The input, as fields or as JSON: both are the same input. Only as JSON where there is no schema to make fields of. */
export function Written({ schema, draft, wrong, onChange }: Props) {
  const { tab } = route.useSearch();
  const go = route.useNavigate();
  const known = fields(schema);
  if (known === null) return <Text draft={draft} wrong={wrong} onChange={onChange} />;
  return (
    <Tabs label="Input as" tabs={TABS} shown={tab ?? 'form'} onShow={(next) => void go({ search: (before) => ({ ...before, tab: next === 'json' ? 'json' : undefined }), replace: true })}>
      {tab === 'json' ? (
        <Text draft={draft} wrong={wrong} onChange={onChange} />
      ) : (
        <>
          {draft.unread !== null && <p className="mb-3 text-sm text-warn">What stands under JSON cannot be read. A change here throws it away.</p>}
          {known.length === 0 ? (
            <p className="text-sm text-text2">It takes no input.</p>
          ) : (
            <SchemaForm schema={schema} value={draft.input} wrong={wrong} onChange={(input) => onChange({ ...draft, input, unread: null })} />
          )}
        </>
      )}
    </Tabs>
  );
}

function Text({ draft, wrong, onChange }: Omit<Props, 'schema'>) {
  const [text, setText] = useState(() => draft.unread ?? JSON.stringify(draft.input, null, 2));
  const unread = draft.unread === null ? null : parsed(draft.unread).wrong;
  const faults = Object.entries(wrong).map(([name, fault]) => `${name}: ${fault}`);
  return (
    <Field label="Input as JSON" wrong={unread ?? (faults.length > 0 ? faults.join(' · ') : undefined)}>
      {({ className, ...tied }) => (
        <textarea
          {...tied}
          rows={Math.min(24, Math.max(8, text.split('\n').length))}
          spellCheck={false}
          className={`${className} font-mono text-xs`}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            onChange(typed(draft, event.target.value));
          }}
        />
      )}
    </Field>
  );
}
