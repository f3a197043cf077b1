import { Key } from '@/kit/Button.tsx';
import { Dialog } from '@/kit/Dialog.tsx';
import { known, written } from './keys.ts';

/** Every key that does something here and now. */
export default function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2">
        {known().map(({ keys, does }) => (
          <div key={keys} className="contents">
            <dt className="flex gap-1">
              {written(keys)
                .split(' ')
                .map((key) => (
                  <Key key={key}>{key}</Key>
                ))}
            </dt>
            <dd className="m-0 text-text2">{does}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-4 text-xs text-text3">Single keys are off while you write, and can be switched off in the settings.</p>
    </Dialog>
  );
}
