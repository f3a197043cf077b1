import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';
import { ErrorState } from './states.tsx';

interface ConfirmProps {
  title: string;
  /** What will happen, with how many it will happen to. */
  children: ReactNode;
  /** The word on the button: "Cancel 12 tasks". */
  word: string;
  act: () => Promise<unknown>;
  onClose: () => void;
  danger?: boolean;
}

/** Asks before something that cannot be taken back. It stays open where that failed, with the reason. */
export function Confirm({ title, children, word, act, onClose, danger = false }: ConfirmProps) {
  const acting = useMutation({ mutationFn: act, onSuccess: onClose });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button kind={danger ? 'danger' : 'primary'} busy={acting.isPending} onClick={() => acting.mutate()}>
            {word}
          </Button>
        </>
      }
    >
      <div className="text-text2">{children}</div>
      {acting.error !== null && <ErrorState error={acting.error} />}
    </Dialog>
  );
}
