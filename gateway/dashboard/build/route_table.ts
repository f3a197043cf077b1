import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import type { Plugin } from 'vite';

const PATH = /path:\s*'([^']+)'/;
const PAGE = /import\('(\.\/[\w/]+)'\)/;

/** Path of every page to the module that draws it, read from `src/pages/<page>/route.ts(x)`.
 *
 * The gateway reads the table beside Vite's manifest and preloads the chunks of the page that is asked for. */
export function routes(root: string): Record<string, string> {
  const table: Record<string, string> = {};
  for (const file of globSync(join(root, 'src/pages/*/*route.ts'))) {
    const text = readFileSync(file, 'utf8');
    const path = PATH.exec(text)?.[1];
    const page = PAGE.exec(text)?.[1];
    if (path === undefined || page === undefined) {
      throw new Error(`${relative(root, file)}: a route says path: '...' and import('./Page')`);
    }
    const folder = relative(root, dirname(file)).split(sep).join('/');
    table[path] = posix.join(folder, `${page.slice(2)}.tsx`);
  }
  return table;
}

export function routeTable(): Plugin {
  let root = '';
  return {
    name: 'route-table',
    apply: 'build',
    configResolved(config) {
      root = config.root;
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: '.vite/routes.json', source: JSON.stringify(routes(root)) });
    },
  };
}
