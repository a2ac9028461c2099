import type { Route } from '../contract/route.ts';
import { ROUTES, type RouteName } from '../contract/routes.ts';
import { HANDLERS } from './handlers.ts';
import type { AnyHandler, ServedRoute } from './pipeline.ts';
import { sayingActions } from './row-actions.ts';

/** Before the path of every route. */
export const API = '/api/v1';

const ALL = Object.entries(ROUTES as Readonly<Record<string, Route>>);

/** Every route with its handler, and with what reads the object that it changes. */
export const SERVED_ROUTES: readonly ServedRoute[] = ALL.map(([name, route]) => ({
  name,
  route,
  handler: sayingActions(name as RouteName, handlerOf(name) as AnyHandler),
  reader: readerOf(route),
}));

function handlerOf(name: string): AnyHandler | undefined {
  return HANDLERS[name as keyof typeof HANDLERS] as unknown as AnyHandler | undefined;
}

function readerOf({ path, etag }: Route): AnyHandler | null {
  if (etag !== 'required') return null;
  const found = ALL.find(([, other]) => other.path === path && other.method === 'GET');
  return found === undefined ? null : (handlerOf(found[0]) ?? null);
}

/** The methods of an address; none: there is nothing. */
export function methodsAt(path: string): readonly string[] {
  const methods = ALL.filter(([, route]) => patternOf(route).test(path)).map(([, { method }]) => method);
  return [...new Set(methods)];
}

function patternOf({ path }: Route): RegExp {
  return new RegExp(`^${API}${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
