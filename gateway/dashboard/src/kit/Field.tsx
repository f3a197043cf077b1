import { useId, type ReactNode } from 'react';

export const CONTROL = 'w-full min-w-0 rounded-control border border-control bg-surface px-2 py-1.5 text-base text-text placeholder:text-text3 aria-[invalid=true]:border-crit pointer-coarse:min-h-11';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  wrong?: string | undefined;
  className?: string;
  /** The control, given what ties it to its label and hint. */
  children: (tied: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean; className: string }) => ReactNode;
}

/** A control with its label, what is to be known about it, and what is wrong with it. */
export function Field({ label, hint, wrong, className = '', children }: FieldProps) {
  const id = useId();
  const said = wrong ?? hint;
  return (
    <div className={`grid content-start gap-1 ${className}`}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, 'aria-describedby': said === undefined ? undefined : `${id}-hint`, 'aria-invalid': wrong !== undefined, className: CONTROL })}
      {said !== undefined && (
        <p id={`${id}-hint`} className={`text-xs ${wrong === undefined ? 'text-text3' : 'text-crit'}`}>
          {said}
        </p>
      )}
    </div>
  );
}
