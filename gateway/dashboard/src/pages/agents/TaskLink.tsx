import { Link } from '@tanstack/react-router';

/** The way to a task: what it does, or its id where only that is known. */
export function TaskLink({ id, name }: { id: string; name?: string | undefined }) {
  const to: string = `/tasks/${encodeURIComponent(id)}`;
  return (
    <Link to={to} title={id} className={`truncate underline-offset-2 hover:underline ${name === undefined ? 'font-mono text-xs' : ''}`}>
      {name ?? id}
    </Link>
  );
}
