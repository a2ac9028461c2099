import { ApiProblem } from '@nightshift/client/api';
import {
  type AnyRoute,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { queryClient } from '../data/api.ts';
import { meQuery } from '../data/me.ts';
import { Fault } from '../ui/fault.tsx';
import { Frame } from './frame.tsx';
import { NotFound } from './not-found.tsx';
import { HABITS, HOME, SCREENS } from './screens.ts';
import { KEPT, parseSearch, type Search, stringifySearch } from './url.ts';

const rootRoute = createRootRoute({
  component: Outlet,
  validateSearch: (search: Record<string, unknown>) => search as Search,
  search: { middlewares: [retainSearchParams([...KEPT])] },
  notFoundComponent: NotFound,
});

function doorRoute(path: string, load: () => Promise<Record<string, unknown>>, name: string) {
  return createRoute({
    getParentRoute: () => rootRoute,
    path,
    component: lazyRouteComponent(load as never, name as never),
  });
}

const signInDoor = () => import('../screens/sign-in/index.ts');

const doors = [
  doorRoute('/sign-in', signInDoor, 'SignInScreen'),
  doorRoute('/set-password', signInDoor, 'SetPasswordScreen'),
  doorRoute('/second-factor', signInDoor, 'SecondFactorScreen'),
];

const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  component: Frame,
  errorComponent: ({ error }) => <Fault error={error} />,
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) {
        throw redirect({ to: '/sign-in', search: { to: location.href } } as never);
      }
      throw error;
    }
  },
});

const landing = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  beforeLoad: ({ search }) => {
    const { page, table, ...rest } = search as Search;
    const habit = table === undefined ? `page=${page}` : `table=${table}`;
    const wanted = HABITS[habit];
    const isThere = SCREENS.some(({ path }) => path === wanted);
    throw redirect({ to: isThere ? wanted : HOME, search: rest, replace: true } as never);
  },
});

const screens = SCREENS.map(({ path, load }) =>
  createRoute({
    getParentRoute: () => frameRoute,
    path,
    component: lazyRouteComponent(load as never, 'Screen' as never),
    errorComponent: ({ error }) => <Fault error={error} />,
  }),
);

/** Where everything is. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([...doors, frameRoute.addChildren([landing, ...screens])]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPendingMs: 300,
  // Lists keep their own place.
  scrollRestoration: false,
});

/**
 * Fetches the screen of the present address while the server is asked who is there, instead of after that. Before the page is drawn;
 * what goes wrong is told when it is.
 */
export function fetchAhead(): void {
  const matches = router.matchRoutes(router.latestLocation);
  if (!matches.some(({ routeId }) => routeId === frameRoute.id)) return;
  void queryClient.prefetchQuery(meQuery);
  const routes: Readonly<Record<string, AnyRoute>> = router.routesById;
  for (const { routeId } of matches) void routes[String(routeId)]?.options.component?.preload?.();
}

/** Somebody whose sign-in is over goes to the door, and comes back to where he was. */
export function toSignIn(): void {
  const { location } = router.state;
  if (location.pathname === '/sign-in' || location.pathname === '/set-password') return;
  queryClient.clear();
  void router.navigate({ to: '/sign-in', search: { to: location.href } } as never);
}

/** An administrator without an authenticator sets one up before anything else. */
export function toSecondFactor(): void {
  const { location } = router.state;
  if (location.pathname === '/second-factor') return;
  void router.navigate({ to: '/second-factor', search: { to: location.href } } as never);
}
