import { useQuery } from '@tanstack/react-query';
import { read } from '@/api/client.ts';
import { Card } from '@/kit/Card.tsx';
import { Json } from '@/kit/Json.tsx';
import { Moment } from '@/kit/Moment.tsx';
import { Shown } from '@/kit/Shown.tsx';

/** The last twenty definitions of a registered agent. */
export function History({ id }: { id: string }) {
  const query = useQuery(read('/api/agents/{id}/history', { params: { path: { id } } }));
  return (
    <Card title="History">
      <Shown query={query}>
        {(revisions) => (
          <ol className="grid gap-1">
            {revisions.map(({ revision, at, agent }) => (
              <li key={revision}>
                {agent === null ? (
                  <p className="text-text2">
                    Deleted, <Moment at={at} />
                  </p>
                ) : (
                  <details>
                    <summary className="text-sm text-text2 hover:text-text">
                      Revision {revision}, <Moment at={at} />
                    </summary>
                    <Json value={agent.definition} />
                  </details>
                )}
              </li>
            ))}
          </ol>
        )}
      </Shown>
    </Card>
  );
}
