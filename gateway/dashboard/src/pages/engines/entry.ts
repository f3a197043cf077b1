import { Cpu } from 'lucide-react';
import type { Entry } from '@/shell/nav.ts';

export const enginesEntry: Entry = { to: '/engines', label: 'Engines', icon: Cpu, key: 'e', group: 'Operate' };
