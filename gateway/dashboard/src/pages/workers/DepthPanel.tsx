import { X } from 'lucide-react';
import { IconButton } from '@/kit/Button.tsx';
import { Card } from '@/kit/Card.tsx';
import { Choice } from '@/kit/Choice.tsx';
import { DepthHistory } from './DepthHistory.tsx';
import { RANGES, type Search } from './search.ts';

const CHOICES = RANGES.map((key) => ({ key, label: key }));

interface Props {
  queue: string;
  range: NonNullable<Search['range']>;
  onRange: (range: NonNullable<Search['range']>) => void;
  onClose: () => void;
}

/** The past of one queue, above the list. */
export function DepthPanel({ queue, range, onRange, onClose }: Props) {
  return (
    <Card
      title={`Queue ${queue}`}
      aside={
        <span className="flex items-center gap-2">
          <Choice label="Time range" options={CHOICES} chosen={range} onChoose={onRange} />
          <IconButton kind="quiet" label="Close the past" onClick={onClose}>
            <X size={14} aria-hidden />
          </IconButton>
        </span>
      }
    >
      <DepthHistory queue={queue} range={range} />
    </Card>
  );
}
