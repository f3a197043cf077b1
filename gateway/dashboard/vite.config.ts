import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { precompressed } from './build/precompressed.ts';
import { routeTable } from './build/route_table.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const gateway = process.env['REVO_GATEWAY'] ?? 'http://127.0.0.1:12000';

export const alias = [
  { find: '@revoagent/client/react', replacement: here('./client/src/react.ts') },
  { find: '@revoagent/client', replacement: here('./client/src/index.ts') },
  { find: /^@\//, replacement: `${here('./src')}/` },
];

export default defineConfig({
  plugins: [react(), tailwindcss(), routeTable(), precompressed()],
  resolve: { alias },
  server: {
    proxy: {
      '/api': gateway,
      '/schema': gateway,
      '/ws': { target: gateway.replace(/^http/, 'ws'), ws: true },
    },
  },
  build: {
    outDir: process.env['REVO_WEB_DIST'] ?? '../web_dist',
    emptyOutDir: true,
    target: 'baseline-widely-available',
    manifest: true,
    reportCompressedSize: false,
    // Small fonts as data: URLs would break `font-src 'self'`.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/, priority: 20 }],
        },
      },
    },
  },
});
