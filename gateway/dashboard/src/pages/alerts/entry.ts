import { Bell } from 'lucide-react';
import type { Entry } from '@/shell/nav.ts';

export const alertsEntry: Entry = { to: '/alerts', label: 'Alerts', icon: Bell, key: 'l', group: 'Operate' };
