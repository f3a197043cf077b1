/** A task in the list. */
export interface Row {
  id: string;
  function: string;
  state: string;
  priority?: string;
  submitted_at?: string;
  started_at?: string;
  finished_at?: string;
  at?: string;
  attempt?: number;
  worker?: string;
  queue_ms?: number;
  run_ms?: number;
  error_type?: string;
  error_message?: string;
  agent?: string;
  parent?: string;
}

/** What is shown, and what came since and is held back. */
export interface Feed {
  readonly rows: readonly Row[];
  readonly fresh: readonly Row[];
  /** Whether rows of older pages stand below those of the first. */
  readonly deep: boolean;
}

export const NOTHING: Feed = { rows: [], fresh: [], deep: false };

/** The feed with the newest page. While it is held no row moves: known ones change where they stand. */
export function received(feed: Feed, page: readonly Row[], held: boolean): Feed {
  const known = new Set(feed.rows.map(({ id }) => id));
  if (!held || feed.rows.length === 0) {
    if (!feed.deep) return { rows: page, fresh: [], deep: false };
    const newest = new Set(page.map(({ id }) => id));
    return { ...feed, rows: [...page, ...feed.rows.filter(({ id }) => !newest.has(id))], fresh: [] };
  }
  const told = new Map(page.map((row) => [row.id, row]));
  return {
    ...feed,
    rows: feed.rows.map((row) => told.get(row.id) ?? row),
    fresh: page.filter(({ id }) => !known.has(id)),
  };
}

/** The held back rows at the top. */
export function admitted(feed: Feed): Feed {
  const fresh = new Set(feed.fresh.map(({ id }) => id));
  return { ...feed, rows: [...feed.fresh, ...feed.rows.filter(({ id }) => !fresh.has(id))], fresh: [] };
}

/** An older page at the bottom. */
export function deepened(feed: Feed, page: readonly Row[]): Feed {
  const known = new Set([...feed.rows, ...feed.fresh].map(({ id }) => id));
  return { ...feed, deep: true, rows: [...feed.rows, ...page.filter(({ id }) => !known.has(id))] };
}

/** Puts outcomes that were heard of into the rows that are shown; the same feed where none of them is. */
export function ended(feed: Feed, outcomes: ReadonlyMap<string, Partial<Row>>): Feed {
  if (!feed.rows.some(({ id }) => outcomes.has(id))) return feed;
  return { ...feed, rows: feed.rows.map((row) => ({ ...row, ...outcomes.get(row.id) })) };
}
