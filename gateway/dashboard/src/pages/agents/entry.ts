import { Bot } from 'lucide-react';
import type { Entry } from '@/shell/nav.ts';

export const agentsEntry: Entry = { to: '/agents', label: 'Agents', icon: Bot, key: 'a', group: 'Operate' };
