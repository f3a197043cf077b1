import { Brain, type LucideIcon, Network, Sparkles, Split } from 'lucide-react';

export interface Engine {
  queue: string;
  name: string;
  icon: LucideIcon;
  /** The token of its line in charts, and how it is dashed: identity is never colour alone. */
  line: string;
  dash: readonly number[];
}

export const ENGINES: readonly Engine[] = [
  { queue: 'perfect_recall', name: 'Perfect Recall', icon: Brain, line: '--recall-line', dash: [] },
  { queue: 'parallel_mind', name: 'Parallel Mind', icon: Split, line: '--parallel-line', dash: [6, 3] },
  { queue: 'creative', name: 'Creative', icon: Sparkles, line: '--creative-line', dash: [2, 3] },
  { queue: 'coordinator', name: 'Coordinator', icon: Network, line: '--coord-line', dash: [8, 3, 2, 3] },
];
