import { OctagonX } from 'lucide-react';
import type { Entry } from '@/shell/nav.ts';

export const failuresEntry: Entry = { to: '/failures', label: 'Failures', icon: OctagonX, key: 'f', group: 'Operate' };
