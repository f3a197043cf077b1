import { createRootRoute } from '@tanstack/react-router';
import { NowhereState } from './Nowhere.tsx';
import { Shell } from './Shell.tsx';

export const root = createRootRoute({ component: Shell, notFoundComponent: NowhereState });
