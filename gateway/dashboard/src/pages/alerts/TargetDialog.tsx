import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '@/kit/Dialog.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { NotFoundState } from '@/kit/states.tsx';
import { TargetForm } from './TargetForm.tsx';
import { type Targets, targetsChanged } from './targets.ts';

interface Props {
  name: string;
  query: UseQueryResult<Targets>;
  onClose: () => void;
}

/** A target to be written or changed. What is typed is not overwritten by what is read meanwhile. */
export function TargetDialog({ name, query, onClose }: Props) {
  const [round, setRound] = useState(0);
  const again = () => void targetsChanged().then(() => setRound((before) => before + 1));
  return (
    <Dialog title={name === 'new' ? 'New target' : `Target ${name}`} wide onClose={onClose}>
      <Shown query={query}>
        {({ all, etag }) => {
          const known = all.find((own) => own.name === name);
          if (name !== 'new' && known === undefined) return <NotFoundState what={`The target ${name}`} />;
          return <TargetForm key={round} known={known} taken={all.map((own) => own.name)} etag={etag} onAgain={again} onDone={onClose} />;
        }}
      </Shown>
    </Dialog>
  );
}
