import { useState } from 'react';
import { Field } from '@/kit/Field.tsx';
import { fields, type Schema } from '@/kit/schema.ts';
import { type Input, SchemaForm } from '@/kit/SchemaForm.tsx';
import { Tabs } from '@/kit/Tabs.tsx';

const TABS = [
  { key: 'form', label: 'Form' },
  { key: 'json', label: 'JSON' },
] as const;

interface Props {
  schema: unknown;
  value: Input;
  onChange: (value: Input) => void;
  onUnread: (unread: boolean) => void;
}

/** The input of each run, as fields or as JSON; as JSON alone where nobody has said what the function takes. */
export function InputFields({ schema, value, onChange, onUnread }: Props) {
  const [tab, setTab] = useState<'form' | 'json'>('form');
  const known = fields(schema as Schema | undefined);
  if (known === null) return <Text value={value} onChange={onChange} onUnread={onUnread} />;
  return (
    <Tabs label="Input as" tabs={TABS} shown={tab} onShow={setTab}>
      {tab === 'json' && <Text value={value} onChange={onChange} onUnread={onUnread} />}
      {tab === 'form' && (known.length === 0 ? <p className="text-sm text-text2">It takes no input.</p> : <SchemaForm schema={schema as Schema} value={value} onChange={onChange} />)}
    </Tabs>
  );
}

function Text({ value, onChange, onUnread }: Omit<Props, 'schema'>) {
  const [text, setText] = useState(() => JSON.stringify(value, null, 2));
  const [wrong, setWrong] = useState<string>();
  const write = (next: string) => {
    setText(next);
    let said: string | undefined;
    try {
      onChange((next.trim() === '' ? {} : JSON.parse(next)) as Input);
    } catch (error) {
      said = error instanceof Error ? error.message : 'not JSON';
    }
    setWrong(said);
    onUnread(said !== undefined);
  };
  return (
    <Field label="Input as JSON" wrong={wrong}>
      {({ className, ...tied }) => <textarea {...tied} rows={6} spellCheck={false} className={`${className} font-mono text-xs`} value={text} onChange={(event) => write(event.target.value)} />}
    </Field>
  );
}
