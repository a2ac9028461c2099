import { localStorageColorSchemeManager } from '@mantine/core';

/** Keeps the colours that were chosen in the browser; `public/color-scheme.js` reads the same before anything is painted. */
export const coloursOfBrowser = localStorageColorSchemeManager({ key: 'nightshift.colours' });
