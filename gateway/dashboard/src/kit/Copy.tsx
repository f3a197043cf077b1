import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from './Button.tsx';
import { toast } from './toast.ts';

/** Puts a text on the clipboard, and says whether it is there. */
export function CopyButton({ text, label = 'Copy' }: { text: string | (() => string); label?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      setDone(true);
      setTimeout(() => setDone(false), 1500);
    } catch {
      toast({ kind: 'crit', text: 'The browser does not let this page use the clipboard.' });
    }
  };
  return (
    <IconButton kind="quiet" label={done ? 'Copied' : label} onClick={() => void copy()}>
      {done ? <Check size={14} aria-hidden className="text-ok" /> : <Copy size={14} aria-hidden />}
    </IconButton>
  );
}
