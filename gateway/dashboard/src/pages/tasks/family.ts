import { useQuery } from '@tanstack/react-query';
import { ask } from '@/api/asked.ts';
import { there } from '@/api/clock.ts';
import { api, type Schemas } from '@/api/client.ts';
import type { Row } from './feed.ts';
import type { Mark, Member } from './spans.ts';

type View = Schemas['TaskView'];

/** Members that are drawn at most. */
const MOST = 20_000;
const PAGE = 2_000;

export interface Family {
  members: Member[];
  more: boolean;
}

const time = (said: unknown): number | null => (typeof said === 'string' ? Date.parse(said) : null);

async function finished(id: string, signal: AbortSignal): Promise<Family> {
  const members: Member[] = [];
  let after: string | undefined;
  for (;;) {
    const { rows, truncated } = await ask('family', { id, limit: PAGE, ...(after === undefined ? {} : { after }) }, signal);
    for (const row of rows) {
      members.push({
        id: String(row['id']),
        function: `${String(row['queue'])}.${String(row['function'])}`,
        state: String(row['state']),
        attempts: Number(row['attempts']),
        submitted: time(row['submitted_at']) ?? 0,
        started: time(row['started_at']),
        finished: time(row['finished_at']),
        parent: typeof row['parent'] === 'string' ? row['parent'] : null,
        marks: (row['marks'] ?? []) as Mark[],
      });
    }
    const last = rows.at(-1);
    if (last === undefined || (rows.length < PAGE && !truncated)) return { members, more: false };
    if (members.length >= MOST) return { members, more: true };
    after = String(last['cursor']);
  }
}

async function unfinished(id: string, signal: AbortSignal): Promise<Member[]> {
  const { data } = await api.GET('/api/tasks', { params: { query: { parent: id, limit: 500 } }, signal });
  return ((data?.items ?? []) as Row[]).map((row) => ({
    id: row.id,
    function: row.function,
    state: row.state,
    attempts: row.attempt ?? 0,
    submitted: time(row.submitted_at) ?? 0,
    started: time(row.started_at),
    finished: time(row.finished_at),
    parent: id,
    marks: [],
  }));
}

/** A task and all below it: finished ones from analytics, unfinished children from the queue. */
export function useFamily(id: string, live: boolean) {
  return useQuery({
    queryKey: ['family', id],
    queryFn: async ({ signal }) => {
      const [done, open] = await Promise.all([finished(id, signal), unfinished(id, signal)]);
      const known = new Set(done.members.map((member) => member.id));
      return { ...done, members: [...done.members, ...open.filter((member) => !known.has(member.id))] };
    },
    refetchInterval: live ? 3_000 : false,
  });
}

/** The task as it was just read: analytics may be a moment behind. */
export function own({ id, function: name, state, attempt, submitted_at, started_at, finished_at, result }: View, marks: readonly Mark[]): Member {
  const attempts = result?.attempts ?? attempt ?? 0;
  return {
    id, function: name, state, attempts, marks,
    submitted: time(submitted_at) ?? there(),
    started: time(result?.started_at ?? started_at),
    finished: time(finished_at),
    parent: result?.parent ?? null,
  };
}
