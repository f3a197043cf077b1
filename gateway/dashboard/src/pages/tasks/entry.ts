import { ListChecks } from 'lucide-react';
import type { Entry } from '@/shell/nav.ts';

export const tasksEntry: Entry = { to: '/tasks', label: 'Tasks', icon: ListChecks, key: 't', group: 'Operate' };
