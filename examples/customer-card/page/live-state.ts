import { store } from './store.ts';

/** How the connection of the tab is: `live`, `polling` while it is cut, `paused` while the tab is hidden. */
export const liveState = store<string>('polling');
