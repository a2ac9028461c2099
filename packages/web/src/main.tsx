import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { ApiProblem } from '@nightshift/client/api';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './app/mantine.css';
import 'virtual:theme.css';
import './app/base.css';
import { coloursOfBrowser } from './app/colours.ts';
import { fetchAhead, router, toSecondFactor, toSignIn } from './app/router.tsx';
import { theme } from './app/theme.ts';
import { queryClient } from './data/api.ts';

/** What concerns the whole page, wherever it was refused. */
function onRefusal(error: unknown): void {
  if (!(error instanceof ApiProblem)) return;
  if (error.status === 401) toSignIn();
  if (error.code === 'SECOND_FACTOR_REQUIRED') toSecondFactor();
}

queryClient.getQueryCache().subscribe((event) => {
  if (event.type === 'updated' && event.action.type === 'error') onRefusal(event.action.error);
});
queryClient.getMutationCache().subscribe((event) => {
  if (event.type === 'updated' && event.action.type === 'error') onRefusal(event.action.error);
});

fetchAhead();
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={coloursOfBrowser}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Notifications position="bottom-right" limit={4} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
