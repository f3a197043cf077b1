import type { Schemas } from '@/api/client.ts';
import { Button } from '@/kit/Button.tsx';
import { toast } from '@/kit/toast.ts';
import { curl, type Given, nats, revo } from './commands.ts';
import { useInput } from './Pane.tsx';

const TOOLS = { nats, curl: (given: Given) => curl(given, location.origin), revo };

/** The same task as a command of a tool. */
export function CopyAs({ view }: { view: Schemas['TaskView'] }) {
  const { data } = useInput(view);
  const copy = async (tool: keyof typeof TOOLS) => {
    const agent = view.result?.agent ?? undefined;
    const given: Given = { function: view.function, input: data?.value, priority: view.priority ?? undefined, ...(agent === undefined ? {} : { agent }) };
    try {
      await navigator.clipboard.writeText(TOOLS[tool](given));
      toast({ kind: 'ok', text: `The ${tool} command is on the clipboard.` });
    } catch {
      toast({ kind: 'crit', text: 'The browser does not let this page use the clipboard.' });
    }
  };
  return (
    <div role="group" aria-label="Copy as" className="flex items-center gap-1 text-sm text-text2">
      <span className="pl-2">Copy as</span>
      {(Object.keys(TOOLS) as (keyof typeof TOOLS)[]).map((tool) => (
        <Button key={tool} kind="quiet" className="!px-2 font-mono !text-xs" disabled={data === undefined} onClick={() => void copy(tool)}>
          {tool}
        </Button>
      ))}
    </div>
  );
}
