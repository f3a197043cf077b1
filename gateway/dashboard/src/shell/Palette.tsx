import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { CornerDownLeft } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { written, known } from './keys.ts';
import { ENTRIES } from './nav.ts';

const ITEM = 'flex h-9 items-center gap-2.5 rounded-button px-2 text-text2 data-[selected=true]:bg-selected data-[selected=true]:text-text';

/** Everything that can be gone to or done, found by typing. What shortcuts do stands here too. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const go = useNavigate();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // The dialog itself would give the focus to the frame around the input.
    dialog.current?.querySelector('input')?.focus();
  }, []);
  const pick = (act: () => void) => () => {
    onClose();
    act();
  };
  const actions = known().filter(({ keys }) => keys !== 'mod+k' && !keys.startsWith('g '));
  return (
    <dialog
      ref={dialog}
      aria-label="Command palette"
      onClose={onClose}
      onMouseDown={(event) => event.target === dialog.current && onClose()}
      className="card mx-auto mt-[12vh] w-[min(36rem,94vw)] overflow-hidden bg-raised p-0 text-text shadow-2xl"
    >
      <Command label="Command palette" loop>
        <Command.Input placeholder="Go to a page, or do something…" className="h-12 w-full border-b border-line bg-transparent px-4 outline-none placeholder:text-text3" />
        <Command.List className="max-h-80 overflow-y-auto p-2">
          <Command.Empty className="p-3 text-text2">Nothing is called that.</Command.Empty>
          <Command.Group heading={<Heading>Go to</Heading>}>
            {ENTRIES.map(({ to, label, icon: Icon, key }) => (
              <Command.Item key={to} value={`go ${label}`} className={ITEM} onSelect={pick(() => void go({ to }))}>
                <Icon size={16} aria-hidden />
                {label}
                <kbd className="ml-auto font-sans text-xs text-text3">g {key}</kbd>
              </Command.Item>
            ))}
          </Command.Group>
          <Command.Group heading={<Heading>Do</Heading>}>
            {actions.map(({ keys, does, act }) => (
              <Command.Item key={keys} value={does} className={ITEM} onSelect={pick(act)}>
                <CornerDownLeft size={16} aria-hidden />
                {does}
                <kbd className="ml-auto font-sans text-xs text-text3">{written(keys)}</kbd>
              </Command.Item>
            ))}
          </Command.Group>
        </Command.List>
      </Command>
    </dialog>
  );
}

function Heading({ children }: { children: string }) {
  return <div className="px-2 pt-2 pb-1 text-xs text-text3">{children}</div>;
}
