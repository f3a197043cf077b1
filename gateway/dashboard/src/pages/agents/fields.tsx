import { useId, type ReactNode } from 'react';

export const CONTROL = 'w-full rounded-control border border-control bg-surface px-2 py-1.5 text-base text-text';

interface Props {
  label: string;
  hint?: ReactNode;
  render: (field: { id: string; 'aria-describedby': string | undefined; className: string }) => ReactNode;
}

/** One field with its label and what is to be known of it. */
export function Labeled({ label, hint, render }: Props) {
  const id = useId();
  return (
    <div className="grid content-start gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {render({ id, 'aria-describedby': hint === undefined ? undefined : `${id}-hint`, className: CONTROL })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-xs text-text3">
          {hint}
        </p>
      )}
    </div>
  );
}

interface NumberProps {
  label: string;
  hint: string;
  value: string;
  least: number;
  most?: number;
  whole?: boolean;
  onChange: (value: string) => void;
}

/** A number that may be left empty. */
export function NumberField({ label, hint, value, least, most, whole = false, onChange }: NumberProps) {
  return (
    <Labeled
      label={label}
      hint={hint}
      render={(field) => <input {...field} type="number" inputMode="decimal" step={whole ? 1 : 'any'} min={least} max={most} value={value} onChange={(event) => onChange(event.target.value)} />}
    />
  );
}
