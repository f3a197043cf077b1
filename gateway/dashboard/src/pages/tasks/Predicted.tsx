import { useQuery } from '@tanstack/react-query';
import { api, type Schemas } from '@/api/client.ts';
import { counted } from '@/kit/figures.ts';

interface Props {
  name: string;
  agent: string;
  priority: 'critical' | 'high' | 'medium' | 'low';
}

/** What history says of such a task, in a line; nothing where it is too short to say anything. */
export function Predicted({ name, agent, priority }: Props) {
  const { data } = useQuery({
    queryKey: ['predict', name, agent, priority],
    queryFn: async ({ signal }) => {
      const question = { steps: [{ function: name, ...(agent === '' ? {} : { agent }) }], priority };
      return (await api.POST('/api/analytics/predict', { body: question as Schemas['subjects.prediction.Question'], signal })).data!;
    },
    staleTime: 60_000,
    retry: false,
  });
  if (data?.status !== 'ok') return null;
  return (
    <p className="text-xs text-text3">
      <bdi>{data.says}</bdi> From {counted(data.learnt.tasks, 'task')}.
    </p>
  );
}
