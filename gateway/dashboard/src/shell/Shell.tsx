import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo } from 'react';
import { Skeleton } from '@/kit/states.tsx';
import { Toasts } from '@/kit/Toasts.tsx';
import { Boundary } from '@/kit/Boundary.tsx';
import { Banner } from './Banner.tsx';
import { BottomBar } from './BottomBar.tsx';
import { Header } from './Header.tsx';
import { press, type Shortcut, useShortcuts } from './keys.ts';
import { ENTRIES } from './nav.ts';
import { closeOverlay, show, useOverlay } from './overlays.ts';
import { prefer, shownTheme } from './preferences.ts';
import { Drawer, Sidebar } from './Sidebar.tsx';
import { Upgraded } from './Upgraded.tsx';

const Palette = lazy(() => import('./Palette.tsx'));
const Help = lazy(() => import('./Help.tsx'));
const Settings = lazy(() => import('./Settings.tsx'));

/** What is around every page. */
export function Shell() {
  const shown = useOverlay((state) => state.shown);
  useEffect(() => {
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
  useGlobalKeys();
  useTitle();
  return (
    <div className="min-h-dvh md:flex">
      <a href="#main" className="sr-only z-50 focus:not-sr-only focus:absolute focus:m-2 focus:rounded-control focus:bg-raised focus:p-2">
        Skip to content
      </a>
      <Sidebar />
      <div className="min-w-0 flex-1">
        <Header />
        <Banner />
        <main id="main" tabIndex={-1} className="mx-auto max-w-[1280px] p-4 pb-24 md:p-6">
          <Boundary>
            <Suspense fallback={<Skeleton rows={3} height={112} label="Loading the page" />}>
              <Outlet />
            </Suspense>
          </Boundary>
        </main>
      </div>
      <BottomBar />
      <Toasts />
      <Upgraded />
      {shown === 'menu' && <Drawer />}
      <Suspense>
        {shown === 'palette' && <Palette onClose={closeOverlay} />}
        {shown === 'help' && <Help onClose={closeOverlay} />}
        {shown === 'settings' && <Settings onClose={closeOverlay} />}
      </Suspense>
    </div>
  );
}

function useGlobalKeys(): void {
  const go = useNavigate();
  const list = useMemo<Shortcut[]>(
    () => [
      { keys: 'mod+k', does: 'Search, go somewhere, run something', act: () => show('palette') },
      { keys: '?', does: 'This help', act: () => show('help') },
      { keys: 'shift+D', does: 'Dark or light', act: () => prefer({ theme: shownTheme() === 'dark' ? 'light' : 'dark' }) },
      { keys: 'n', does: 'New task', act: () => void go({ to: '/tasks/new' }) },
      ...ENTRIES.map(({ key, label, to }) => ({ keys: `g ${key}`, does: `Go to ${label}`, act: () => void go({ to }) })),
    ],
    [go],
  );
  useShortcuts(list);
}

/** What of a page is open, so that two tabs can be told apart: a task, an agent, an engine. */
function within(path: string, page: string): string {
  const rest = path.slice(page.length).replace(/^\/+|\/+$/g, '');
  if (page === '/' || rest === '') return '';
  try {
    return `${decodeURIComponent(rest)} · `;
  } catch {
    return `${rest} · `;
  }
}

function useTitle(): void {
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => {
    const entry = ENTRIES.find(({ to }) => (to === '/' ? path === '/' : path.startsWith(to)));
    document.title = entry === undefined ? 'reVoAgent' : `${within(path, entry.to)}${entry.label} · reVoAgent`;
  }, [path]);
}
