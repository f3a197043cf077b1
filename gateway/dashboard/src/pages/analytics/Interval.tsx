interface Props {
  name: string;
  /** The middle and the ends, on a scale that begins at 0 and ends at `top`. */
  at: number;
  low: number;
  high: number;
  top: number;
  /** The figures as text: the bar shows nothing that does not stand there. */
  middle: string;
  ends: string;
}

/** A figure with the interval around it. */
export function Interval({ name, at, low, high, top, middle, ends }: Props) {
  const x = (value: number) => (top > 0 ? Math.min(100, Math.max(0, (100 * value) / top)) : 0);
  return (
    <div className="grid grid-cols-[5.5rem_minmax(0,1fr)] items-center gap-x-3 gap-y-1 md:grid-cols-[8rem_minmax(0,16rem)_minmax(0,1fr)]">
      <dt className="text-sm text-text3">{name}</dt>
      <dd className="num m-0 text-sm">
        <span className="text-base font-semibold">{middle}</span> <span className="text-text2">{ends}</span>
      </dd>
      <svg aria-hidden viewBox="0 0 100 10" preserveAspectRatio="none" className="col-span-2 h-3 w-full md:col-span-1">
        <rect x="0" y="4" width="100" height="2" fill="var(--line)" />
        <rect x={x(low)} y="1.5" width={Math.max(0.6, x(high) - x(low))} height="7" rx="0.6" fill="var(--recall-edge)" />
        <rect x={Math.min(99.2, Math.max(0, x(at) - 0.4))} y="0" width="0.8" height="10" fill="var(--recall-line)" />
      </svg>
    </div>
  );
}
