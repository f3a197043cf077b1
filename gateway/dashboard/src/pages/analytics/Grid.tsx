import type { Schemas } from '@/api/client.ts';
import { here } from '@/api/clock.ts';
import { Moment } from '@/kit/Moment.tsx';
import { type Write, writtenAs } from './reports.ts';

interface Props {
  label: string;
  answer: Pick<Schemas['Answered'], 'columns' | 'rows' | 'truncated'>;
  columns: readonly (readonly [string, string, Write])[];
}

const WORDS = new Set<Write>(['text', 'list', 'time', 'real', 'figure']);

/** A few rows of a report, with a real table's head: columns that the answer lacks are left out. */
export function Grid({ label, answer, columns }: Props) {
  const shown = columns.filter(([name]) => answer.columns.includes(name)).map((column) => ({ column, place: answer.columns.indexOf(column[0]) }));
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- wide tables scroll by keys
    <div role="group" aria-label={label} tabIndex={0} className="overflow-x-auto">
      <table className="num w-full border-collapse text-sm">
        <thead className="text-xs text-text3">
          <tr>
            {shown.map(({ column: [name, title, how] }) => (
              <th key={name} scope="col" className={`px-2 py-1.5 font-normal whitespace-nowrap ${WORDS.has(how) ? 'text-left' : 'text-right'}`}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {answer.rows.map((row) => (
            <tr key={JSON.stringify(row)} className="border-t border-line hover:bg-hover">
              {shown.map(({ column: [name, , how], place }) => (
                <td key={name} className={`max-w-80 px-2 py-1.5 ${WORDS.has(how) ? 'text-left break-words' : 'text-right whitespace-nowrap'}`}>
                  {how === 'time' && typeof row[place] === 'string' ? <Moment at={here(row[place])} /> : writtenAs(row[place], how, String(row[0]))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {answer.truncated && <p className="mt-2 text-xs text-warn">There is more than an answer holds.</p>}
    </div>
  );
}
