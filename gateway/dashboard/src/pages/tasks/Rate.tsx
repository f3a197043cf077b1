import { useMutation } from '@tanstack/react-query';
import { ThumbsDown, ThumbsUp } from 'lucide-react';
import { api } from '@/api/client.ts';
import { IconButton } from '@/kit/Button.tsx';
import { toast } from '@/kit/toast.ts';

type Thumb = 'up' | 'down';

/** Whether the result was of use: reports of agents and functions count it. */
export function Rate({ id }: { id: string }) {
  const rating = useMutation({
    mutationFn: (thumb: Thumb) => api.POST('/api/tasks/{id}/feedback', { params: { path: { id } }, body: { thumb, score: null, comment: '', user: 'anonymous' } }),
    onError: (error) => toast({ kind: 'crit', text: error.message }),
  });
  const given = rating.isSuccess ? rating.variables : null;
  const button = (thumb: Thumb, label: string) => (
    <IconButton kind="quiet" label={label} aria-pressed={given === thumb} busy={rating.isPending} className="aria-pressed:!text-ok" onClick={() => rating.mutate(thumb)}>
      {thumb === 'up' ? <ThumbsUp size={15} aria-hidden /> : <ThumbsDown size={15} aria-hidden />}
    </IconButton>
  );
  return (
    <div role="group" aria-label="Rate the result" className="ml-auto flex items-center gap-1 text-sm text-text2">
      <span role="status">{given === null ? 'Was it of use?' : 'Thank you.'}</span>
      {button('up', 'It was of use')}
      {button('down', 'It was of no use')}
    </div>
  );
}
