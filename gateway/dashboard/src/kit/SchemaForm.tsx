import { useId, useState } from 'react';
import { type Field, fields, type Schema } from './schema.ts';

export type Input = Record<string, unknown>;

interface Props {
  schema: Schema | null | undefined;
  value: Input;
  /** What is wrong with a field, by its name. */
  wrong?: Readonly<Record<string, string>>;
  onChange: (value: Input) => void;
}

const CONTROL = 'w-full rounded-control border border-control bg-surface px-2 py-1.5 text-base text-text aria-[invalid=true]:border-crit';
const NOTHING_WRONG: Readonly<Record<string, string>> = {};

/** Fields for a function's input, from its JSON Schema; plain JSON where there is none. Empty fields are left out. */
export function SchemaForm({ schema, value, wrong = NOTHING_WRONG, onChange }: Props) {
  const all = fields(schema);
  if (all === null) return <JsonField label="Input" value={value} required onChange={(next) => onChange((next ?? {}) as Input)} />;
  return (
    <div className="grid gap-4">
      {all.map((field) => (
        <Entry
          key={field.name}
          field={field}
          value={value[field.name]}
          fault={wrong[field.name]}
          onChange={(next) => {
            const { [field.name]: _, ...rest } = value;
            onChange(next === undefined ? rest : { ...rest, [field.name]: next });
          }}
        />
      ))}
    </div>
  );
}

interface EntryProps {
  field: Field;
  value: unknown;
  fault: string | undefined;
  onChange: (value: unknown) => void;
}

function Entry({ field, value, fault, onChange }: EntryProps) {
  const { name, kind, required, schema, choices } = field;
  const id = useId();
  const said = fault ?? schema.description;
  const hint = said === undefined ? undefined : `${id}-hint`;
  const common = { id, required, 'aria-describedby': hint, 'aria-invalid': fault !== undefined, className: CONTROL };
  const missing = schema.default === undefined || schema.default === null ? '' : `Otherwise ${JSON.stringify(schema.default)}`;
  if (kind === 'json') {
    return <JsonField label={name} value={value} required={required} hint={schema.description} fault={fault} onChange={onChange} />;
  }
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium">
        {name}
        {required && <span className="text-text3"> (required)</span>}
      </label>
      {kind === 'choice' && (
        <select {...common} value={typeof value === 'string' ? value : ''} onChange={(event) => onChange(event.target.value || undefined)}>
          <option value="">{missing}</option>
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      )}
      {kind === 'flag' && (
        <input id={id} type="checkbox" aria-describedby={hint} aria-invalid={fault !== undefined} className="size-4 accent-[var(--focus)]" checked={(value ?? schema.default) === true} onChange={(event) => onChange(event.target.checked)} />
      )}
      {kind === 'text' && <input {...common} type="text" placeholder={missing} value={typeof value === 'string' ? value : ''} onChange={(event) => onChange(event.target.value || undefined)} />}
      {(kind === 'number' || kind === 'integer') && (
        <input
          {...common}
          type="number"
          step={kind === 'integer' ? 1 : 'any'}
          min={schema.minimum}
          max={schema.maximum}
          placeholder={missing}
          value={typeof value === 'number' ? value : ''}
          onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.valueAsNumber)}
        />
      )}
      {hint !== undefined && (
        <p id={hint} className={`text-xs ${fault === undefined ? 'text-text3' : 'text-crit'}`}>
          {said}
        </p>
      )}
    </div>
  );
}

interface JsonFieldProps {
  label: string;
  value: unknown;
  required: boolean;
  hint?: string | undefined;
  fault?: string | undefined;
  onChange: (value: unknown) => void;
}

/** JSON as it is typed: what cannot be read is said, and is not handed on. */
function JsonField({ label, value, required, hint, fault = '', onChange }: JsonFieldProps) {
  const id = useId();
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, null, 2));
  const [unread, setUnread] = useState('');
  const wrong = unread || fault;
  const write = (next: string, field: HTMLTextAreaElement) => {
    setText(next);
    let said = '';
    try {
      onChange(next.trim() === '' ? undefined : JSON.parse(next));
    } catch (error) {
      said = error instanceof Error ? error.message : 'not JSON';
    }
    setUnread(said);
    field.setCustomValidity(said);
  };
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium">
        {label} <span className="text-text3">(JSON{required ? ', required' : ''})</span>
      </label>
      <textarea id={id} rows={4} required={required} aria-describedby={`${id}-hint`} aria-invalid={wrong !== ''} className={`${CONTROL} font-mono text-xs`} value={text} onChange={(event) => write(event.target.value, event.target)} />
      <p id={`${id}-hint`} className={`text-xs ${wrong === '' ? 'text-text3' : 'text-crit'}`}>
        {wrong === '' ? hint : wrong}
      </p>
    </div>
  );
}
