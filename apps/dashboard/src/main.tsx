import './styles.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Problem } from './api/client.ts';
import { App } from './app.tsx';
import { cssVariables, theme } from './theme.ts';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What the service called wrong stays wrong; a service that is starting, busy or away is asked twice more.
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof Problem) || error.status === undefined || error.status >= 500),
      retryDelay: (failures) => 500 * 2 ** failures,
      // Asking again is cheap (a 304 by the version of the data), so an answer is only good while it is being drawn.
      staleTime: 2_000,
    },
  },
});

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
