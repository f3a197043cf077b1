import { getRouteApi } from '@tanstack/react-router';
import { Choice } from '@/kit/Choice.tsx';
import { Agents } from './Agents.tsx';
import { Alerts } from './Alerts.tsx';
import { Charts } from './Charts.tsx';
import { EngineTiles } from './EngineTiles.tsx';
import { Figures } from './Figures.tsx';
import { RANGES } from './ranges.ts';
import { Running } from './Running.tsx';
import { Summary } from './Summary.tsx';

const route = getRouteApi('/');
const CHOICES = RANGES.map((key) => ({ key, label: key }));

/** Is the system healthy? */
export default function Overview() {
  const { range = '1h' } = route.useSearch();
  const go = route.useNavigate();
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Overview</h1>
        <Choice
          label="Time range"
          options={CHOICES}
          chosen={range}
          onChoose={(key) => void go({ search: { range: key === '1h' ? undefined : key }, replace: true })}
        />
      </div>
      <Summary />
      <EngineTiles />
      <Figures range={range} />
      <Charts range={range} />
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-[2fr_1fr]">
        <div className="grid min-w-0 grid-cols-1 content-start gap-4">
          <Running />
          <Agents />
        </div>
        <Alerts />
      </div>
    </div>
  );
}
