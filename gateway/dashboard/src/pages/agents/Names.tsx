import { X } from 'lucide-react';
import { useId, useState, type KeyboardEvent } from 'react';
import { IconButton } from '@/kit/Button.tsx';

interface Props {
  label: string;
  hint: string;
  value: readonly string[];
  /** What is known; others may be written too. */
  known: readonly string[];
  onChange: (value: readonly string[]) => void;
}

/** Several names: Enter or a comma takes what was written, Backspace in an empty field takes the last one away. */
export function Names({ label, hint, value, known, onChange }: Props) {
  const id = useId();
  const [text, setText] = useState('');
  const take = (written: string) => {
    const name = written.trim();
    setText('');
    if (name !== '' && !value.includes(name)) onChange([...value, name]);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === ',' || (event.key === 'Enter' && text.trim() !== '')) {
      event.preventDefault();
      take(text);
    }
    if (event.key === 'Backspace' && text === '') onChange(value.slice(0, -1));
  };
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div className="flex flex-wrap items-center gap-1.5 rounded-control border border-control bg-surface p-1.5">
        {value.map((name) => (
          <span key={name} className="inline-flex max-w-full items-center gap-1 rounded-control bg-selected py-0.5 pr-0.5 pl-2 font-mono text-xs">
            <bdi className="truncate">{name}</bdi>
            <IconButton kind="quiet" label={`Remove ${name}`} className="!size-6" onClick={() => onChange(value.filter((each) => each !== name))}>
              <X size={12} aria-hidden />
            </IconButton>
          </span>
        ))}
        <input
          id={id}
          list={`${id}-known`}
          aria-describedby={`${id}-hint`}
          autoComplete="off"
          className="h-6 min-w-40 flex-1 bg-transparent px-1 text-base text-text"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={press}
          onBlur={() => take(text)}
        />
        <datalist id={`${id}-known`}>
          {known.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </datalist>
      </div>
      <p id={`${id}-hint`} className="text-xs text-text3">
        {hint}
      </p>
    </div>
  );
}
