import { ChartNoAxesCombined } from 'lucide-react';
import type { Entry } from '@/shell/nav.ts';

export const analyticsEntry: Entry = { to: '/analytics', label: 'Analytics', icon: ChartNoAxesCombined, key: 'y', group: 'Understand' };
