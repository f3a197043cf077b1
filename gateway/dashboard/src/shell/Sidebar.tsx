import { Link } from '@tanstack/react-router';
import { Keyboard, PanelLeft, Settings, X } from 'lucide-react';
import { IconButton } from '@/kit/Button.tsx';
import { Dialog } from '@/kit/Dialog.tsx';
import { ENTRIES, GROUPS } from './nav.ts';
import { closeOverlay, show } from './overlays.ts';
import { prefer, usePreferences } from './preferences.ts';

/** To the left of every page, from 768 px on. */
export function Sidebar() {
  const narrow = usePreferences((state) => state.sidebar === 'narrow');
  return (
    <aside className={`sticky top-0 hidden h-dvh shrink-0 flex-col border-r border-line bg-sunken p-3 md:flex ${narrow ? 'w-14' : 'w-54'}`}>
      <Brand narrow={narrow} />
      <Pages narrow={narrow} />
      <div className={`mt-auto flex gap-1 ${narrow ? 'flex-col' : ''}`}>
        <IconButton kind="quiet" label="Settings" onClick={() => show('settings')}>
          <Settings size={16} aria-hidden />
        </IconButton>
        <IconButton kind="quiet" label="Keyboard help" onClick={() => show('help')}>
          <Keyboard size={16} aria-hidden />
        </IconButton>
        <IconButton kind="quiet" label={narrow ? 'Widen the sidebar' : 'Narrow the sidebar'} onClick={() => prefer({ sidebar: narrow ? 'wide' : 'narrow' })}>
          <PanelLeft size={16} aria-hidden />
        </IconButton>
      </div>
    </aside>
  );
}

/** The same on a phone, over the page. */
export function Drawer() {
  return (
    <Dialog title="Menu" onClose={closeOverlay}>
      <Pages narrow={false} />
      <div className="mt-3 flex gap-2 border-t border-line pt-3">
        <IconButton label="Settings" onClick={() => show('settings')}>
          <Settings size={16} aria-hidden />
        </IconButton>
        <IconButton label="Close the menu" onClick={closeOverlay}>
          <X size={16} aria-hidden />
        </IconButton>
      </div>
    </Dialog>
  );
}

function Brand({ narrow }: { narrow: boolean }) {
  return (
    <div className="mb-4 flex h-8 items-center gap-2 px-1 font-semibold">
      <img src="/icon.svg" alt="" width="22" height="22" />
      {!narrow && 'reVoAgent'}
    </div>
  );
}

function Pages({ narrow }: { narrow: boolean }) {
  return (
    <nav aria-label="Pages">
      {GROUPS.map((group) => (
        <div key={group} className="mb-3">
          {!narrow && <h2 className="px-2 pb-1 text-xs text-text3">{group}</h2>}
          <ul className="grid gap-0.5">
            {ENTRIES.filter((entry) => entry.group === group).map(({ to, label, icon: Icon, key }) => (
              <li key={to}>
                <Link
                  to={to}
                  onClick={closeOverlay}
                  title={narrow ? label : undefined}
                  aria-label={narrow ? label : undefined}
                  className="flex h-8 items-center gap-2.5 rounded-button px-2 text-text2 hover:bg-hover hover:text-text aria-[current=page]:bg-selected aria-[current=page]:font-medium aria-[current=page]:text-text pointer-coarse:h-11"
                  activeOptions={{ exact: to === '/', includeSearch: false }}
                  activeProps={{ 'aria-current': 'page' }}
                >
                  <Icon size={16} aria-hidden className="shrink-0" />
                  {!narrow && (
                    <>
                      {label}
                      <kbd aria-hidden className="ml-auto hidden font-sans text-xs text-text3 md:inline">
                        g {key}
                      </kbd>
                    </>
                  )}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
