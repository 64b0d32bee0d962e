import { defineConfig } from '@lingui/cli';

/** English is in the sources; `npm run translations -w apps/dashboard` adds new messages to the other languages. */
export default defineConfig({
  sourceLocale: 'en',
  locales: ['de'],
  catalogs: [{ path: 'src/locales/{locale}', include: ['src'] }],
});
