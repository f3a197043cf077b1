import { useMemo, useState } from 'react';
import { Button } from './Button.tsx';
import { CopyButton } from './Copy.tsx';
import { bytes, counted } from './figures.ts';

/** Members of one object that are drawn at once. */
const PAGE = 100;
/** Characters of one string that are drawn at once. */
const LINE = 2_000;

/** A JSON value as a tree. What is folded is not drawn, so that 5 MB cost no more than what is looked at. */
export function Json({ value, label = 'JSON' }: { value: unknown; label?: string }) {
  const size = useMemo(() => JSON.stringify(value)?.length ?? 0, [value]);
  return (
    <div role="group" aria-label={label} className="rounded-button bg-sunken p-3 font-mono text-xs">
      <div className="mb-1 flex items-center justify-between font-sans text-text3">
        <span>{bytes(size)}</span>
        <CopyButton text={() => JSON.stringify(value, null, 2)} label={`Copy ${label}`} />
      </div>
      <Node value={value} open={size < 20_000} />
    </div>
  );
}

function Node({ name, value, open = false }: { name?: string; value: unknown; open?: boolean }) {
  const [unfolded, setUnfolded] = useState(open);
  const [drawn, setDrawn] = useState(PAGE);
  const key = name === undefined ? null : <span className="text-text2">{name}: </span>;
  if (typeof value !== 'object' || value === null) {
    return (
      <div className="wrap-anywhere whitespace-pre-wrap">
        {key}
        <Leaf value={value} />
      </div>
    );
  }
  const names = Object.keys(value);
  const members = value as Record<string, unknown>;
  return (
    <details open={unfolded} onToggle={(event) => setUnfolded(event.currentTarget.open)}>
      <summary>
        {key}
        <span className="text-text3">{Array.isArray(value) ? `[${counted(names.length, 'item')}]` : `{${counted(names.length, 'member')}}`}</span>
      </summary>
      {unfolded && (
        <div className="ml-1 border-l border-line pl-3">
          {names.slice(0, drawn).map((member) => (
            <Node key={member} name={member} value={members[member]} />
          ))}
          {names.length > drawn && (
            <Button kind="quiet" onClick={() => setDrawn(drawn + PAGE)}>
              {counted(names.length - drawn, 'more', 'more')}
            </Button>
          )}
        </div>
      )}
    </details>
  );
}

function Leaf({ value }: { value: unknown }) {
  const [whole, setWhole] = useState(false);
  const text = JSON.stringify(value) ?? 'undefined';
  // Its own direction, so that a right-to-left text turns nothing around it.
  const shown = (
    <bdi className={typeof value === 'string' ? 'text-ok' : 'text-info'}>{whole ? text : text.slice(0, LINE)}</bdi>
  );
  if (text.length <= LINE || whole) return shown;
  return (
    <>
      {shown}
      <Button kind="quiet" onClick={() => setWhole(true)}>
        … all {bytes(text.length)}
      </Button>
    </>
  );
}
