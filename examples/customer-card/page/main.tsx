import { connectLive } from '@nightshift/client/live';
import { PagesProvider } from '@nightshift/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { CustomerBook } from './customer-book.tsx';
import { liveState } from './live-state.ts';

// One connection a tab, for every page in it.
const live = connectLive({ onState: liveState.set });
const place = document.getElementById('root');
if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <PagesProvider live={live} company="CRONUS">
        <CustomerBook />
      </PagesProvider>
    </StrictMode>,
  );
