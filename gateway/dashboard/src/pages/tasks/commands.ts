/** What would be given, as the gateway takes it. */
export interface Given {
  function: string;
  input: unknown;
  priority?: string | undefined;
  agent?: string | undefined;
  id?: string | undefined;
  /** Seconds until it starts. */
  in?: number | undefined;
}

/** Quoted for a POSIX shell: nothing in it is read as anything. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Null where a plain publish cannot say it: agents and delays are a matter of the doors. */
export function nats({ function: name, input, priority = 'medium', id, agent, in: delay }: Given): string | null {
  if (agent !== undefined || delay !== undefined) return null;
  const [queue, short] = name.split('.');
  const subject = ['task', queue, priority, short, ...(id === undefined ? [] : [id])].join('.');
  return `nats pub ${quoted(subject)} ${quoted(JSON.stringify(input))}`;
}

export function curl(given: Given, origin: string): string {
  return `curl -X POST ${quoted(`${origin}/api/tasks`)} -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(given))}`;
}

/** Null for a delayed task of an agent, which has no command. */
export function revo({ function: name, input, priority = 'medium', id, agent, in: delay }: Given): string | null {
  if (agent !== undefined && delay !== undefined) return null;
  const start = agent === undefined ? `revo run ${name}` : `revo agent run ${agent} --function ${name}`;
  return [
    start,
    `--input ${quoted(JSON.stringify(input))}`,
    ...(priority === 'medium' ? [] : [`--priority ${priority}`]),
    ...(id === undefined ? [] : [`${agent === undefined ? '--id' : '--key'} ${quoted(id)}`]),
    ...(delay === undefined ? [] : [`--in ${delay}`]),
  ].join(' ');
}
