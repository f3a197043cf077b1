/** A moment that an attempt began or was given up. */
export interface Mark {
  kind: string;
  attempt: number;
  at: number;
}

/** A task of a family, times in milliseconds. */
export interface Member {
  id: string;
  function: string;
  state: string;
  attempts: number;
  submitted: number;
  started: number | null;
  finished: number | null;
  parent: string | null;
  marks: readonly Mark[];
}

/** One attempt. Where its beginning was not told, which is so of very short ones, `from` is `to`. */
export interface Run {
  attempt: number;
  from: number;
  to: number;
  state: string;
}

export interface Span extends Member {
  depth: number;
  runs: readonly Run[];
}

/** Attempts in order; the last one has the state of its task, and goes on until now where it runs. */
export function runs({ attempts, marks, state, started, finished }: Member, now: number): Run[] {
  const found: Run[] = [];
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const last = attempt === attempts;
    const begun = marks.find((mark) => mark.kind === 'started' && mark.attempt === attempt)?.at ?? (last ? started : null);
    const given = marks.find((mark) => mark.kind === 'retry' && mark.attempt === attempt)?.at;
    const to = given ?? (last ? (finished ?? (state === 'running' ? now : null)) : null);
    if (to === null) continue;
    found.push({ attempt, from: Math.min(begun ?? to, to), to, state: given === undefined ? state : 'retried' });
  }
  return found;
}

/** The family as rows: each task under its parent, children as they were submitted. */
export function rows(members: readonly Member[], top: string, now: number): Span[] {
  const below = new Map<string | null, Member[]>();
  const known = new Set(members.map(({ id }) => id));
  for (const member of members) {
    const parent = member.id === top || member.parent === null || !known.has(member.parent) ? null : member.parent;
    const siblings = below.get(parent);
    if (siblings === undefined) below.set(parent, [member]);
    else siblings.push(member);
  }
  return ordered(below, now);
}

/** The later first; within one millisecond by id, which grows with time where it is ours. */
const newest = (one: Member, other: Member) => other.submitted - one.submitted || (one.id < other.id ? 1 : -1);

function ordered(below: ReadonlyMap<string | null, Member[]>, now: number): Span[] {
  const found: Span[] = [];
  const later = (parent: string | null) => (below.get(parent) ?? []).toSorted(newest);
  const waiting = later(null).map((member) => ({ member, depth: 0 }));
  const seen = new Set<string>();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { member, depth } = next;
    // Ids are the callers' own: one that names itself as an ancestor must not go on for ever.
    if (seen.has(member.id)) continue;
    seen.add(member.id);
    found.push({ ...member, depth, runs: runs(member, now) });
    for (const child of later(member.id)) waiting.push({ member: child, depth: depth + 1 });
  }
  return found;
}

/** From the first submission to the last end; to now where something has not ended. */
export function extent(spans: readonly Span[], now: number): { from: number; to: number } {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { submitted, finished } of spans) {
    from = Math.min(from, submitted);
    to = Math.max(to, finished ?? now);
  }
  return spans.length === 0 ? { from: now - 1, to: now } : { from, to: Math.max(to, from + 1) };
}
