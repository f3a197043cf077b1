import { useId, useRef, type KeyboardEvent, type ReactNode } from 'react';

export interface Tab<K extends string> {
  key: K;
  label: string;
  count?: number;
}

interface TabsProps<K extends string> {
  label: string;
  tabs: readonly Tab<K>[];
  shown: K;
  onShow: (key: K) => void;
  children: ReactNode;
}

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 };

/** Tabs as WAI-ARIA has them: one stop for Tab, arrows between them. Keep what is shown in the URL. */
export function Tabs<K extends string>({ label, tabs, shown, onShow, children }: TabsProps<K>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.key === shown);
    const steps = event.key === 'Home' ? -at : event.key === 'End' ? tabs.length - 1 - at : STEPS[event.key];
    const next = steps === undefined ? undefined : tabs[(at + steps + tabs.length) % tabs.length];
    if (next === undefined) return;
    event.preventDefault();
    onShow(next.key);
    list.current?.querySelector<HTMLElement>(`[data-tab="${CSS.escape(next.key)}"]`)?.focus();
  };
  return (
    <div>
      <div ref={list} role="tablist" aria-label={label} onKeyDown={move} className="flex gap-1 overflow-x-auto border-b border-line" tabIndex={-1}>
        {tabs.map((tab) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            data-tab={tab.key}
            id={`${id}-${tab.key}`}
            aria-selected={tab.key === shown}
            aria-controls={`${id}-panel`}
            tabIndex={tab.key === shown ? 0 : -1}
            onClick={() => onShow(tab.key)}
            className="-mb-px h-9 border-b-2 border-transparent px-3 whitespace-nowrap text-text2 hover:text-text aria-selected:border-focus aria-selected:text-text"
          >
            {tab.label}
            {tab.count !== undefined && <span className="num ml-1.5 text-xs text-text3">{tab.count}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown}`} className="pt-4">
        {children}
      </div>
    </div>
  );
}
