import { Server } from 'lucide-react';
import type { Entry } from '@/shell/nav.ts';

export const workersEntry: Entry = { to: '/workers', label: 'Workers', icon: Server, key: 'w', group: 'Operate' };
