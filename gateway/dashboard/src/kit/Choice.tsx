interface ChoiceProps<K extends string> {
  label: string;
  options: readonly { key: K; label: string }[];
  chosen: K;
  onChoose: (key: K) => void;
}

/** A few choices side by side of which one holds: a time range, a view. */
export function Choice<K extends string>({ label, options, chosen, onChoose }: ChoiceProps<K>) {
  return (
    <div role="group" aria-label={label} className="inline-flex rounded-button border border-line bg-surface p-0.5">
      {options.map(({ key, label: word }) => (
        <button
          key={key}
          type="button"
          aria-pressed={key === chosen}
          onClick={() => onChoose(key)}
          className="num h-7 rounded-control px-2.5 text-sm text-text2 hover:text-text aria-pressed:bg-selected aria-pressed:text-text pointer-coarse:h-10 pointer-coarse:px-3.5"
        >
          {word}
        </button>
      ))}
    </div>
  );
}
