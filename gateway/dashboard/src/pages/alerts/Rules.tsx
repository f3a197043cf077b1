import type { UseQueryResult } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Schemas } from '@/api/client.ts';
import { number } from '@/kit/figures.ts';
import { Shown } from '@/kit/Shown.tsx';
import { look, StatusChip, TEXT } from '@/kit/Status.tsx';
import { EmptyState } from '@/kit/states.tsx';
import { when } from './rule.ts';

type View = Schemas['RuleView'];

const route = getRouteApi('/alerts');
const ORDER = ['error', 'firing', 'pending', 'ok', 'off'];
const CHIPS: Record<string, string> = { error: 'error', firing: 'firing', pending: 'waiting', ok: 'healthy', off: 'stopped' };
const WORDS: Record<string, string> = { pending: 'Pending', ok: 'Well', off: 'Off' };

/** Every rule, those in trouble first, with what it saw last. */
export function Rules({ query }: { query: UseQueryResult<View[]> }) {
  const go = route.useNavigate();
  return (
    <Shown query={query}>
      {(all) => {
        if (all.length === 0) return <EmptyState command="revo alert rules">Analytics has told no rule yet.</EmptyState>;
        const sorted = [...all].sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || one.rule.name.localeCompare(other.rule.name));
        return (
          <ul className="grid gap-2" aria-label="Rules">
            {sorted.map((view) => (
              <Item key={view.rule.name} view={view} onOpen={() => void go({ search: (before) => ({ ...before, rule: view.rule.name }) })} />
            ))}
          </ul>
        );
      }}
    </Shown>
  );
}

function Item({ view, onOpen }: { view: View; onOpen: () => void }) {
  const { rule, state, values, error, origin, dropped } = view;
  const [worst] = values;
  return (
    <li className="card grid gap-x-4 gap-y-1 p-3 md:grid-cols-[7rem_minmax(0,1fr)_minmax(0,16rem)] md:items-center">
      <RuleState state={state} />
      <div className="min-w-0">
        <button type="button" className="font-medium hover:underline" onClick={onOpen}>
          {rule.name}
        </button>
        <span className="ml-2 text-xs text-text3">{origin === 'default' ? 'default' : 'own'}</span>
        <p className="text-sm break-words text-text2">{when(rule)}</p>
        {error !== null && error !== undefined && <p className={`text-sm break-words ${TEXT.crit}`}>{error}</p>}
        {dropped !== undefined && dropped > 0 && <p className={`text-sm ${TEXT.warn}`}>{number(dropped)} sets of labels are not watched: there are too many.</p>}
      </div>
      <p className="num min-w-0 truncate text-sm text-text2 md:text-right">
        {worst === undefined ? (
          'No value'
        ) : (
          <>
            <span className="font-semibold text-text">{number(worst.value)}</span>{' '}
            {Object.values(worst.labels).join(' ')}
            {values.length > 1 && ` and ${values.length - 1} more`}
          </>
        )}
      </p>
    </li>
  );
}

function RuleState({ state }: { state: View['state'] }) {
  const word = WORDS[state];
  if (word === undefined) return <StatusChip state={state} />;
  const { tone, icon: Icon } = look(CHIPS[state] ?? state);
  return (
    <span className={`inline-flex items-center gap-1.5 text-sm font-medium ${TEXT[tone]}`}>
      <Icon size={14} aria-hidden />
      {word}
    </span>
  );
}
