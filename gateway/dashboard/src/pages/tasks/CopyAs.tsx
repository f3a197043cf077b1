import type { Schemas } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { toast } from '@/kit/toast.ts';
import { curl, type Given, nats, revo } from './commands.ts';
import { useInput } from './Pane.tsx';

const TOOLS = { nats, curl: (given: Given) => curl(given, location.origin), revo };

/** The same task as a command of a tool. */
export function CopyAs({ view }: { view: Schemas['TaskView'] }) {
  const { data } = useInput(view);
  const agent = view.result?.agent ?? undefined;
  if (data === undefined) return <CopyGiven given={null} />;
  return <CopyGiven given={{ function: view.function, input: data.value, priority: view.priority ?? undefined, ...(agent === undefined ? {} : { agent }) }} />;
}

/** What would be given as a command of a tool; null while it is not known. */
export function CopyGiven({ given }: { given: Given | null }) {
  return (
    <div role="group" aria-label="Copy as" className="flex items-center gap-1 text-sm text-text2">
      <span className="pl-2">Copy as</span>
      {(Object.keys(TOOLS) as (keyof typeof TOOLS)[]).map((tool) => {
        const command = given === null ? null : TOOLS[tool](given);
        const title = given !== null && command === null ? `${tool} has no command for this: an agent or a delay is set` : undefined;
        return (
          <Button key={tool} kind="quiet" title={title} className="!px-2 font-mono !text-xs" disabled={command === null} onClick={() => command !== null && void copy(tool, command)}>
            {tool}
          </Button>
        );
      })}
    </div>
  );
}

async function copy(tool: string, command: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(command);
    toast({ kind: 'ok', text: `The ${tool} command is on the clipboard.` });
  } catch {
    toast({ kind: 'crit', text: 'The browser does not let this page use the clipboard.' });
  }
}
