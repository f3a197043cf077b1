import { create } from 'zustand';

export interface Preferences {
  theme: 'dark' | 'light' | 'system';
  density: 'roomy' | 'dense';
  clock: 'local' | 'utc';
  /** Single keys as commands (WCAG 2.1.4: they can be switched off). */
  keys: boolean;
  sidebar: 'wide' | 'narrow';
}

/** The same name as in index.html, which sets the theme before anything is drawn. */
const PLACE = 'revo.preferences';
const DEFAULTS: Preferences = { theme: 'system', density: 'roomy', clock: 'local', keys: true, sidebar: 'wide' };

export const usePreferences = create<Preferences>(() => ({ ...DEFAULTS, ...kept() }));

export function prefer(part: Partial<Preferences>): void {
  usePreferences.setState(part);
}

const light = matchMedia('(prefers-color-scheme: light)');

/** The theme that is drawn: `system` follows the machine. */
export function shownTheme(theme = usePreferences.getState().theme): 'dark' | 'light' {
  if (theme !== 'system') return theme;
  return light.matches ? 'light' : 'dark';
}

function apply(): void {
  const { theme, density } = usePreferences.getState();
  const { dataset } = document.documentElement;
  dataset['theme'] = shownTheme(theme);
  dataset['density'] = density;
}

function kept(): Partial<Preferences> {
  try {
    return JSON.parse(localStorage.getItem(PLACE) ?? '{}') as Partial<Preferences>;
  } catch {
    return {};
  }
}

usePreferences.subscribe((preferences) => {
  apply();
  try {
    localStorage.setItem(PLACE, JSON.stringify(preferences));
  } catch {
    // Without storage they hold until the tab is closed.
  }
});
// Charts read colours when they are drawn: they hear of a change by a render.
light.addEventListener('change', () => usePreferences.setState((state) => ({ ...state })));
window.addEventListener('storage', (event) => {
  if (event.key === PLACE) usePreferences.setState(kept());
});
apply();
