import { Link } from '@tanstack/react-router';
import { Menu } from 'lucide-react';
import { ENTRIES } from './nav.ts';
import { show } from './overlays.ts';

const MOST = 4;
const ITEM = 'grid h-14 min-w-16 flex-1 content-center justify-items-center gap-0.5 text-xs text-text2 aria-[current=page]:text-text';

/** The first pages at the thumb, on phones. */
export function BottomBar() {
  return (
    <nav aria-label="Main pages" className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-surface md:hidden">
      {ENTRIES.slice(0, MOST).map(({ to, label, icon: Icon }) => (
        <Link key={to} to={to} className={ITEM} activeOptions={{ exact: to === '/', includeSearch: false }} activeProps={{ 'aria-current': 'page' }}>
          <Icon size={18} aria-hidden />
          {label}
        </Link>
      ))}
      <button type="button" className={ITEM} onClick={() => show('menu')}>
        <Menu size={18} aria-hidden />
        More
      </button>
    </nav>
  );
}
