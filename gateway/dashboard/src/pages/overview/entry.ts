import { Activity } from 'lucide-react';
import type { Entry } from '@/shell/nav.ts';

export const overviewEntry: Entry = { to: '/', label: 'Overview', icon: Activity, key: 'o', group: 'Operate' };
