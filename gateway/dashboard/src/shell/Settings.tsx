import { Choice } from '@/kit/Choice.tsx';
import { Dialog } from '@/kit/Dialog.tsx';
import { prefer, usePreferences } from './preferences.ts';

const THEMES = [
  { key: 'system', label: 'As the system' },
  { key: 'dark', label: 'Dark' },
  { key: 'light', label: 'Light' },
] as const;
const DENSITIES = [
  { key: 'roomy', label: 'Roomy' },
  { key: 'dense', label: 'Dense' },
] as const;
const CLOCKS = [
  { key: 'local', label: 'Local' },
  { key: 'utc', label: 'UTC' },
] as const;

/** How this browser shows the page; kept in it. */
export default function Settings({ onClose }: { onClose: () => void }) {
  const { theme, density, clock, keys } = usePreferences();
  return (
    <Dialog title="Settings" onClose={onClose}>
      <div className="grid gap-4">
        <Row name="Theme">
          <Choice label="Theme" options={THEMES} chosen={theme} onChoose={(key) => prefer({ theme: key })} />
        </Row>
        <Row name="Rows">
          <Choice label="Rows" options={DENSITIES} chosen={density} onChoose={(key) => prefer({ density: key })} />
        </Row>
        <Row name="Times">
          <Choice label="Times" options={CLOCKS} chosen={clock} onChoose={(key) => prefer({ clock: key })} />
        </Row>
        <label className="flex items-center justify-between gap-4">
          <span>Single keys as commands</span>
          <input type="checkbox" className="size-4 accent-[var(--focus)]" checked={keys} onChange={(event) => prefer({ keys: event.target.checked })} />
        </label>
      </div>
    </Dialog>
  );
}

function Row({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <span>{name}</span>
      {children}
    </div>
  );
}
