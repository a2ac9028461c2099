import { Drawer, Loader } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { useForeground } from '../data/foreground.ts';
import { useLiveCompanies } from '../data/live.ts';
import { Banner } from './banner.tsx';
import classes from './frame.module.css';
import { TEXTS } from './frame-texts.ts';
import { KeySheet } from './key-sheet.tsx';
import { useKeyListener, useShortcuts } from './keys.ts';
import { Navigation } from './navigation.tsx';
import { Palette } from './palette.tsx';
import { useScope } from './scope.ts';
import { TopBar } from './top-bar.tsx';
import { useUrl } from './url.ts';

const ForegroundWindow = lazy(async () => {
  const { ForegroundWindow: Window } = await import('../screens/foreground/foreground-window.tsx');
  return { default: Window };
});

const GuidePanel = lazy(async () => {
  const { GuidePanel: Panel } = await import('../screens/guide/guide-panel.tsx');
  return { default: Panel };
});

/** In the address: which page of the guide is open; `fitting` is the one that fits the screen. */
const GUIDE = 'guide';
const FITTING = 'fitting';

/** What is around every screen. */
export function Frame() {
  const [navOpen, nav] = useDisclosure(false);
  const [paletteOpen, palette] = useDisclosure(false);
  const [keysOpen, keys] = useDisclosure(false);
  const router = useRouter();
  const { search, set } = useUrl();
  const page = search[GUIDE];
  const toggleGuide = () => set({ [GUIDE]: page === undefined ? FITTING : undefined });
  const foreground = useForeground();
  useLiveCompanies(useScope().companies);
  useKeyListener();
  useShortcuts([
    { key: 'mod+k', text: TEXTS.search, run: palette.toggle },
    { key: '?', text: TEXTS.keyHelp, run: keys.open },
    { key: 'g', text: TEXTS.guide, run: toggleGuide },
  ]);
  const { close } = nav;
  useEffect(() => router.subscribe('onBeforeNavigate', close), [router, close]);
  return (
    <div className={classes.frame} data-guide={page !== undefined}>
      <a className={classes.skip} href="#content">
        {TEXTS.skipToContent}
      </a>
      <a className={classes.skip} href="#navigation">
        {TEXTS.skipToNavigation}
      </a>
      <aside className={classes.side}>
        <Navigation id="navigation" />
      </aside>
      <div className={classes.body}>
        <TopBar onMenu={nav.open} onSearch={palette.open} onKeys={keys.open} onGuide={toggleGuide} />
        <Banner />
        <main id="content" tabIndex={-1} className={classes.main}>
          <Suspense
            fallback={
              <Loader role="status" aria-label={TEXTS.loading} className={classes.loader ?? ''} size="sm" />
            }
          >
            <Outlet />
          </Suspense>
        </main>
      </div>
      {page !== undefined && (
        <div className={classes.guide}>
          <Suspense>
            <GuidePanel asked={page} onClose={toggleGuide} />
          </Suspense>
        </div>
      )}
      {navOpen && (
        <Drawer.Root opened onClose={nav.close} size={260} padding={0}>
          <Drawer.Overlay />
          <Drawer.Content aria-label={TEXTS.navigation} classNames={{ content: classes.drawer ?? '' }}>
            <Navigation />
          </Drawer.Content>
        </Drawer.Root>
      )}
      {foreground !== null && (
        <Suspense>
          <ForegroundWindow />
        </Suspense>
      )}
      {paletteOpen && <Palette onClose={palette.close} />}
      {keysOpen && <KeySheet onClose={keys.close} />}
    </div>
  );
}
