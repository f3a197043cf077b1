import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { usePreferences } from '@/shell/preferences.ts';

export interface Column<T> {
  key: string;
  title: string;
  /** As in `grid-template-columns`: `8rem`, `minmax(8rem,1fr)`. */
  width: string;
  draw: (row: T) => ReactNode;
}

interface TableProps<T> {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  id: (row: T) => string;
  onOpen?: (row: T) => void;
  height?: number;
  /** Rows that are picked for something to be done to all of them: `x` picks, `shift x` up to there. */
  marked?: ReadonlySet<string>;
  onMark?: (marked: ReadonlySet<string>) => void;
  /** Pixels that the columns take together at least: wider ones are scrolled to. */
  least?: number;
}

/** Rows beyond the visible ones, so that scrolling shows no holes. */
const SPARE = 8;
const ROW = { roomy: 36, dense: 28 };

/** Any number of rows of one height, of which only the visible ones are drawn.
 *
 * Arrows, `j`, `k`, Home and End move, Enter opens. It draws the rows that it is given, in their order: who holds
 * new ones back while somebody reads keeps them from jumping. */
export function Table<T>({ label, rows, columns, id, onOpen, height = 560, marked, onMark, least }: TableProps<T>) {
  const size = ROW[usePreferences((state) => state.density)];
  const [top, setTop] = useState(0);
  const [chosen, setChosen] = useState<string | null>(null);
  const [anchor, setAnchor] = useState<string | null>(null);
  const first = Math.max(0, Math.floor(top / size) - SPARE);
  const shown = rows.slice(first, Math.ceil((top + height) / size) + SPARE);
  const at = rows.findIndex((row) => id(row) === chosen);
  const picks = onMark !== undefined;
  const widths = columns.map(({ width }) => width).join(' ');
  const grid = { gridTemplateColumns: picks ? `1rem ${widths}` : widths, height: size, minWidth: least };

  const mark = (row: T, range: boolean) => {
    const next = new Set(marked);
    const to = rows.indexOf(row);
    const from = range ? rows.findIndex((each) => id(each) === anchor) : to;
    const own = id(row);
    if (range && from >= 0) for (const each of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(id(each));
    else if (!next.delete(own)) next.add(own);
    setAnchor(own);
    onMark?.(next);
  };

  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const moves: Record<string, number> = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0, End: rows.length - 1 };
    const row = rows[at];
    if (event.target === event.currentTarget && event.key === 'Enter' && row !== undefined) onOpen?.(row);
    if (picks && row !== undefined && event.key.toLowerCase() === 'x' && !event.metaKey && !event.ctrlKey) mark(row, event.shiftKey);
    const to = moves[event.key];
    if (to === undefined || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    const place = Math.min(rows.length - 1, Math.max(0, to));
    const next = rows[place];
    if (next === undefined) return;
    setChosen(id(next));
    const view = event.currentTarget;
    // The head covers one row.
    if (place * size < view.scrollTop) view.scrollTop = place * size;
    else if ((place + 2) * size > view.scrollTop + view.clientHeight) view.scrollTop = (place + 2) * size - view.clientHeight;
  };

  return (
    <div
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + (picks ? 1 : 0)}
      aria-multiselectable={picks || undefined}
      aria-activedescendant={at >= first && at < first + shown.length ? `row-${chosen}` : undefined}
      tabIndex={0}
      onKeyDown={press}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      className="card overflow-auto text-sm"
      style={{ maxHeight: height }}
    >
      <div role="row" aria-rowindex={1} className="sticky top-0 z-10 grid items-center gap-3 border-b border-line bg-surface px-3 text-xs text-text3" style={grid}>
        {picks && (
          <div role="columnheader">
            <span className="sr-only">Picked</span>
          </div>
        )}
        {columns.map(({ key, title }) => (
          <div key={key} role="columnheader" className="truncate">
            {title}
          </div>
        ))}
      </div>
      <div role="rowgroup" style={{ height: rows.length * size, paddingTop: first * size }}>
        {shown.map((row, place) => (
          <div
            key={id(row)}
            id={`row-${id(row)}`}
            role="row"
            aria-rowindex={first + place + 2}
            aria-selected={picks ? (marked?.has(id(row)) ?? false) : id(row) === chosen}
            data-at={id(row) === chosen || undefined}
            tabIndex={-1}
            onClick={() => {
              setChosen(id(row));
              onOpen?.(row);
            }}
            onKeyDown={() => {}}
            className="grid items-center gap-3 border-b border-line px-3 hover:bg-hover aria-selected:bg-selected data-[at]:bg-selected"
            style={grid}
          >
            {picks && (
              <div role="gridcell">
                <input
                  type="checkbox"
                  tabIndex={-1}
                  aria-label={`Pick ${id(row)}`}
                  className="block size-4 accent-[var(--focus)]"
                  checked={marked?.has(id(row)) ?? false}
                  onClick={(event) => {
                    event.stopPropagation();
                    setChosen(id(row));
                    mark(row, event.shiftKey);
                  }}
                  onChange={() => {}}
                />
              </div>
            )}
            {columns.map(({ key, draw }) => (
              <div key={key} role="gridcell" className="min-w-0 truncate">
                {draw(row)}
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
