import type { LucideIcon } from 'lucide-react';
import { agentsEntry } from '@/pages/agents/entry.ts';
import { enginesEntry } from '@/pages/engines/entry.ts';
import { alertsEntry } from '@/pages/alerts/entry.ts';
import { analyticsEntry } from '@/pages/analytics/entry.ts';
import { failuresEntry } from '@/pages/failures/entry.ts';
import { overviewEntry } from '@/pages/overview/entry.ts';
import { schedulesEntry } from '@/pages/schedules/entry.ts';
import { tasksEntry } from '@/pages/tasks/entry.ts';
import { workersEntry } from '@/pages/workers/entry.ts';

/** A page as it stands in the navigation. `key` follows `g`. */
export interface Entry {
  to: string;
  label: string;
  icon: LucideIcon;
  key: string;
  group: 'Operate' | 'Build' | 'Understand' | 'Admin';
}

/** Every page that can be gone to, in the order of the sidebar. A page that is not built does not stand here. */
export const ENTRIES: readonly Entry[] = [
  overviewEntry,
  tasksEntry,
  agentsEntry,
  enginesEntry,
  workersEntry,
  alertsEntry,
  analyticsEntry,
  failuresEntry,
  schedulesEntry,
];

export const GROUPS = [...new Set(ENTRIES.map((entry) => entry.group))];
