import { glob, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { lingui, linguiTransformerBabelPreset } from '@lingui/vite-plugin';
import { themeStyleSheet } from '@property-insights/charts';
import babel from '@rolldown/plugin-babel';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type ProxyOptions } from 'vite';
import { STAMP, sourceHash } from './build-if-stale.ts';
import { coast } from './coast.ts';

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

/** The colours and typefaces of the charts as CSS variables: `import 'virtual:theme.css'`. */
function theme(): Plugin {
  const id = '\0virtual:theme.css';
  return {
    name: 'theme',
    resolveId: (source) => (source === 'virtual:theme.css' ? id : undefined),
    load: (source) => (source === id ? themeStyleSheet() : undefined),
  };
}

/** Loads the typefaces of Latin text beside the scripts, so that text is not drawn twice. */
function preloadTypefaces(): Plugin {
  return {
    name: 'preload-typefaces',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_, { bundle }) =>
        Object.keys(bundle ?? {})
          .filter((name) => /(inter-latin-wght|source-serif-4-latin-opsz)-normal-[^/]+\.woff2$/.test(name))
          .map((name) => ({
            tag: 'link',
            attrs: { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: '', href: `/${name}` },
            injectTo: 'head' as const,
          })),
    },
  };
}

/** Compresses the files of a finished build beside them, so that the service does not have to. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    async closeBundle() {
      const assets = join(import.meta.dirname, 'dist/assets');
      for await (const name of glob('*.{js,css,svg,json}', { cwd: assets })) {
        const content = await readFile(join(assets, name));
        if (content.length < 1_000) continue;
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        await writeFile(join(assets, `${name}.br`), await promisify(brotliCompress)(content, { params }));
        await writeFile(join(assets, `${name}.gz`), await promisify(gzip)(content));
      }
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
  plugins: [
    lingui({ cwd: import.meta.dirname }),
    react(),
    // Messages stay in the code, so that English needs no catalog. Lingui's native transformer is not installed on Node 20, which may run npm.
    babel({ presets: [linguiTransformerBabelPreset({ descriptorFields: 'message' }, { cwd: import.meta.dirname })] }),
    theme(),
    coast(),
    preloadTypefaces(),
    compressed(),
    stamp(),
  ],
  build: {
    target: 'es2023',
    // The page's content security policy allows neither data: URLs nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_200,
  },
  clearScreen: false,
  server: { proxy: { '/api': systemProxy, '/reporting': systemProxy } },
});
