import { CalendarClock } from 'lucide-react';
import type { Entry } from '@/shell/nav.ts';

export const schedulesEntry: Entry = { to: '/schedules', label: 'Schedules', icon: CalendarClock, key: 's', group: 'Operate' };
