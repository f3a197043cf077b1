import { Search as Glass } from 'lucide-react';

export const CONTROL = 'h-8 rounded-button border border-control bg-surface px-2 text-sm text-text pointer-coarse:h-11';

interface Props {
  label: string;
  placeholder: string;
  value: string | undefined;
  onChange: (text: string | undefined) => void;
}

/** What is looked for among what is here already: nothing is asked for it. */
export function TextFilter({ label, placeholder, value, onChange }: Props) {
  return (
    <span className="relative">
      <Glass size={14} aria-hidden className="absolute top-1/2 left-2 -translate-y-1/2 text-text3" />
      <input type="search" aria-label={label} placeholder={placeholder} className={`${CONTROL} w-52 pl-7`} value={value ?? ''} onChange={(event) => onChange(event.target.value || undefined)} />
    </span>
  );
}
