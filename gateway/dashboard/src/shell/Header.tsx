import { Menu, Moon, Search, Sun } from 'lucide-react';
import { IconButton, Key } from '@/kit/Button.tsx';
import { Bell } from './Bell.tsx';
import { ConnectionPill } from './ConnectionPill.tsx';
import { written } from './keys.ts';
import { openPalette, show } from './overlays.ts';
import { prefer, shownTheme, usePreferences } from './preferences.ts';

export function Header() {
  const theme = usePreferences((state) => shownTheme(state.theme));
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b border-line bg-bg px-4">
      <IconButton kind="quiet" label="Open the menu" className="-ml-2 md:hidden" onClick={() => show('menu')}>
        <Menu size={18} aria-hidden />
      </IconButton>
      <button
        type="button"
        onClick={openPalette}
        className="flex h-8 min-w-0 items-center gap-2 rounded-button border border-line bg-surface px-3 text-text2 hover:border-control pointer-coarse:h-11"
      >
        <Search size={14} aria-hidden className="shrink-0" />
        <span className="truncate">Search or run…</span>
        <span className="hidden sm:inline">
          <Key>{written('mod+k')}</Key>
        </span>
      </button>
      <div className="ml-auto flex items-center gap-2">
        <ConnectionPill />
        <Bell />
        <IconButton kind="quiet" label={`Switch to the ${other} theme`} onClick={() => prefer({ theme: other })}>
          {theme === 'dark' ? <Sun size={16} aria-hidden /> : <Moon size={16} aria-hidden />}
        </IconButton>
      </div>
    </header>
  );
}
