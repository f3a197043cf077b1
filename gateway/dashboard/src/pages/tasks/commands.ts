/** What would be given again, as a command line. */
export interface Given {
  function: string;
  input: unknown;
  priority?: string | undefined;
  agent?: string | undefined;
}

/** Quoted for a POSIX shell: nothing in it is read as anything. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function nats({ function: name, input, priority = 'medium' }: Given): string {
  const [queue, short] = name.split('.');
  return `nats pub ${quoted(`task.${queue}.${priority}.${short}`)} ${quoted(JSON.stringify(input))}`;
}

export function curl(given: Given, origin: string): string {
  return `curl -X POST ${quoted(`${origin}/api/tasks`)} -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(given))}`;
}

export function revo({ function: name, input, priority = 'medium' }: Given): string {
  return `revo run ${name} --input ${quoted(JSON.stringify(input))}${priority === 'medium' ? '' : ` --priority ${priority}`}`;
}
