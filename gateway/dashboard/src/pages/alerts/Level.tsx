import { number } from '@/kit/figures.ts';
import { Sparkline } from '@/kit/Sparkline.tsx';
import { look, TEXT } from '@/kit/Status.tsx';

interface Props {
  value: number | null | undefined;
  threshold: number | null | undefined;
  past: readonly number[];
  severity: string;
  ended: boolean;
}

/** The figure against its limit, with how it went. */
export function Level({ value, threshold, past, severity, ended }: Props) {
  const limit = threshold ?? undefined;
  return (
    <div className={`flex items-center gap-3 ${ended ? 'text-text2' : TEXT[look(severity).tone]}`}>
      {past.length > 1 && (
        <Sparkline
          values={past}
          label={`The last ${past.length} values, from ${number(past[0])} to ${number(past.at(-1))}${limit === undefined ? '' : `, limit ${number(limit)}`}`}
          {...(limit === undefined ? {} : { limit })}
        />
      )}
      <p className="num md:text-right whitespace-nowrap">
        <span className="font-semibold">{number(value)}</span>
        {limit !== undefined && <span className="block text-xs text-text3">limit {number(limit)}</span>}
      </p>
    </div>
  );
}
