interface Props {
  label: string;
  hint: string;
  all: readonly string[];
  ticked: readonly string[];
  onTick: (ticked: string[]) => void;
}

/** Any number of a few choices. */
export function Ticks({ label, hint, all, ticked, onTick }: Props) {
  return (
    <fieldset className="m-0 min-w-0 border-0 p-0">
      <legend className="p-0 text-sm font-medium">
        {label} <span className="text-xs font-normal text-text3">({hint})</span>
      </legend>
      <div className="mt-1 flex flex-wrap gap-x-4 gap-y-1">
        {all.map((each) => (
          <label key={each} className="flex min-h-8 items-center gap-2 text-sm">
            <input type="checkbox" className="size-4 accent-[var(--focus)]" checked={ticked.includes(each)} onChange={(event) => onTick(all.filter((one) => (one === each ? event.target.checked : ticked.includes(one))))} />
            {each}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
