import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/source-serif-4/opsz.css';
import 'virtual:theme.css';
import './base.css';
import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { isTransient, Problem } from './api/client.ts';
import { activate, preferredLanguage } from './i18n.ts';
import { applyColours, remembered } from './preferences.ts';
import { router } from './router.tsx';

applyColours(remembered.colours.read());

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 2 && isTransient(error),
      retryDelay: (failures, error) =>
        error instanceof Problem && error.retryAfter ? error.retryAfter * 1_000 : 500 * 2 ** failures,
      // The parts of a view that appear while it loads share their answers. Later, an answer is asked for again, which costs a 304.
      staleTime: 10_000,
      networkMode: 'always',
    },
  },
});

await activate(preferredLanguage());
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <I18nProvider i18n={i18n}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </I18nProvider>
  </StrictMode>,
);
