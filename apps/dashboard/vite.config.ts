import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type ProxyOptions } from 'vite';
import { STAMP, sourceHash } from './build-if-stale.ts';

/** Writes the hash of the sources into a finished build. It is removed first and written last, so that an interrupted build counts as stale. */
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

/** The running system that the development server belongs to. */
const system = process.env.SYSTEM_URL ?? 'http://localhost:8080';

/**
 * Passes requests on to the system. The load balancer lets only pages of its own origin write, so the origin of this server, which browsers
 * state in `Host` and `Origin`, is replaced by that of the system. `Sec-Fetch-Site` is left as it is and keeps other sites out.
 */
const systemProxy: ProxyOptions = {
  target: system,
  changeOrigin: true,
  configure: (proxy) =>
    proxy.on('proxyReq', (request, { headers }) => {
      if (headers.origin === `http://${headers.host}`) request.setHeader('origin', system);
    }),
};

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
  clearScreen: false,
  server: { proxy: { '/api': systemProxy, '/reporting': systemProxy } },
});
