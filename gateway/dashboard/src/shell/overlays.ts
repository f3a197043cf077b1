import { create } from 'zustand';

export type Overlay = 'palette' | 'help' | 'menu' | 'settings' | null;

/** What lies over the page; one at a time. */
export const useOverlay = create<{ shown: Overlay }>(() => ({ shown: null }));

export function show(shown: Overlay): void {
  useOverlay.setState({ shown });
}

export const openPalette = () => show('palette');
export const closeOverlay = () => show(null);
