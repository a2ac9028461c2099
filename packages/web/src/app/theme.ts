import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The house colour: the blue-green of early morning. */
const DAWN: MantineColorsTuple = [
  '#e6f7f6',
  '#d3eceb',
  '#a7d9d7',
  '#77c5c2',
  '#4fb3b0',
  '#2f9c9a',
  '#128583',
  '#006b6b',
  '#005757',
  '#004040',
];

/** Greys with a touch of blue, for both colour schemes. */
const SLATE: MantineColorsTuple = [
  '#f7f9fa',
  '#eef2f4',
  '#e1e7ea',
  '#cdd5da',
  '#aab5bc',
  '#87949c',
  '#5c6a73',
  '#46525a',
  '#2e383f',
  '#1a2126',
];

const NIGHT: MantineColorsTuple = [
  '#dfe6ea',
  '#bac6cd',
  '#93a2ab',
  '#6d7d87',
  '#3e4b54',
  '#303b43',
  '#232d34',
  '#1a2228',
  '#141b20',
  '#0e1418',
];

/** For what destroys: white is read well on the three darkest. */
const EMBER: MantineColorsTuple = [
  '#fff5f5',
  '#ffe3e3',
  '#ffc9c9',
  '#ffa8a8',
  '#ff8787',
  '#f2665c',
  '#d63b31',
  '#b3261e',
  '#9f2019',
  '#861b15',
];

/** Looks of Mantine's components. Kept free of functions of the browser, since the build reads it for the style sheet. */
export const theme = createTheme({
  primaryColor: 'dawn',
  primaryShade: { light: 7, dark: 7 },
  colors: { dawn: DAWN, gray: SLATE, dark: NIGHT, red: EMBER },
  defaultRadius: 6,
  cursorType: 'pointer',
  fontFamily:
    '"Segoe UI Variable Text", "Segoe UI", system-ui, -apple-system, Roboto, "Open Sans", sans-serif',
  fontFamilyMonospace: '"Cascadia Mono", ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: { fontWeight: '600' },
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs', variant: 'default' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'md' } },
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    NativeSelect: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs' } },
    // Locking would put a style element into the page. Only the middle of it scrolls anyway.
    Modal: { defaultProps: { lockScroll: false, centered: true } },
    Drawer: { defaultProps: { lockScroll: false } },
    ModalRoot: { defaultProps: { lockScroll: false } },
    DrawerRoot: { defaultProps: { lockScroll: false } },
    Menu: { defaultProps: { shadow: 'md', position: 'bottom-start', transitionProps: { duration: 80 } } },
    Popover: { defaultProps: { shadow: 'md', transitionProps: { duration: 80 } } },
    Tooltip: {
      defaultProps: {
        openDelay: 250,
        transitionProps: { duration: 80 },
        multiline: true,
        maw: 340,
        withArrow: true,
        events: { hover: true, focus: true, touch: true },
      },
    },
  },
});
