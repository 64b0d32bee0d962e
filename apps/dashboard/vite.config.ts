import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { STAMP, sourceHash } from './build-if-stale.ts';

/** Leaves the sources' hash in the finished build. It is taken off first and put back last, so an interrupted build counts as stale. */
function stamp(): Plugin {
  let hash: string;
  const file = join(import.meta.dirname, 'dist', STAMP);
  return {
    name: 'stamp',
    apply: 'build',
    async buildStart() {
      hash = await sourceHash();
      await rm(file, { force: true });
    },
    async closeBundle(error?: Error) {
      if (!error) await writeFile(file, hash);
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), stamp()],
  build: {
    target: 'es2023',
    // The page's content security policy allows neither data: URLs nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  // `vite` beside a running system: the page reloads as it is edited, the figures come from the system.
  server: { proxy: { '/api': 'http://localhost:8080' } },
});
