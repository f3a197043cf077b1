import { CircleAlert, CircleCheck, Info, X } from 'lucide-react';
import { IconButton } from './Button.tsx';
import { untoast, useToasts } from './toast.ts';

const ICONS = { ok: CircleCheck, crit: CircleAlert, info: Info };
const COLOURS = { ok: 'text-ok', crit: 'text-crit', info: 'text-info' };

/** The one place where toasts appear. */
export function Toasts() {
  const shown = useToasts((state) => state.shown);
  return (
    <div aria-live="polite" className="fixed right-4 bottom-16 z-50 grid w-[min(22rem,calc(100vw-2rem))] gap-2 md:bottom-4">
      {shown.map(({ id, kind, text }) => {
        const Icon = ICONS[kind];
        return (
          <div key={id} className="card flex items-start gap-2 bg-raised p-3 shadow-lg">
            <Icon size={16} aria-hidden className={`mt-0.5 shrink-0 ${COLOURS[kind]}`} />
            <p className="min-w-0 flex-1 wrap-anywhere">{text}</p>
            <IconButton kind="quiet" className="!h-5 !w-5" label="Close" onClick={() => untoast(id)}>
              <X size={14} aria-hidden />
            </IconButton>
          </div>
        );
      })}
    </div>
  );
}
