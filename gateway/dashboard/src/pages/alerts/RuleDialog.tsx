import type { UseQueryResult } from '@tanstack/react-query';
import type { Schemas } from '@/api/client.ts';
import { Dialog } from '@/kit/Dialog.tsx';
import { Shown } from '@/kit/Shown.tsx';
import { NotFoundState } from '@/kit/states.tsx';
import { RuleForm } from './RuleForm.tsx';
import { drafted, FRESH } from './rule.ts';

interface Props {
  name: string;
  rules: UseQueryResult<Schemas['RuleView'][]>;
  onClose: () => void;
}

/** A rule to be written or changed. What is typed is not overwritten by what is read meanwhile. */
export function RuleDialog({ name, rules, onClose }: Props) {
  const fresh = name === 'new';
  return (
    <Dialog title={fresh ? 'New rule' : `Rule ${name}`} wide onClose={onClose}>
      {fresh ? (
        <RuleForm start={FRESH} known={null} onDone={onClose} />
      ) : (
        <Shown query={rules}>
          {(all) => {
            const known = all.find(({ rule }) => rule.name === name);
            if (known === undefined) return <NotFoundState what={`The rule ${name}`} />;
            return <RuleForm start={drafted(known.rule)} known={known} onDone={onClose} />;
          }}
        </Shown>
      )}
    </Dialog>
  );
}
