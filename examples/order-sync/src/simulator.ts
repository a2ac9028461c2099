import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Catalogue,
  createCatalogue,
  type ExpectedResult,
  type OrderChange,
} from './simulator-catalogue.ts';
import { createFaultDrawer, type RequestFault, type SimulatorFaults } from './simulator-faults.ts';
import type { ShopElement } from './simulator-products.ts';
import { type ApiAnswer, apiError, listById, listModified } from './simulator-query.ts';

/** The credentials the simulator accepts. They are public: it holds made-up data and listens on this machine only. */
export const SIMULATOR_KEY = 'ck_simulator';
/** See SIMULATOR_KEY. */
export const SIMULATOR_SECRET = 'cs_simulator';

const API_ROOT = '/wp-json/wc/v3/';
const SLOW_MS_DEFAULT = 1_500;
const RETRY_AFTER_SECONDS_DEFAULT = 1;

/** What to simulate. */
export interface SimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 1,000. */
  readonly orders?: number;
  /** Default 1. The same seed, count and faults give the same shop. */
  readonly seed?: number;
  /** Default none. */
  readonly faults?: SimulatorFaults;
}

/** A request the simulator received. */
export interface SimulatedRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The status answered, 0 when the connection was reset. */
  readonly status: number;
  readonly fault: RequestFault | null;
}

/** A running simulated shop. */
export interface ShopSimulator {
  readonly url: string;
  readonly key: string;
  readonly secret: string;
  /** What a correct sync of the shop, as it is now, must arrive at. */
  readonly expected: ExpectedResult;
  /** Every request so far, faulty ones included. */
  readonly requests: readonly SimulatedRequest[];
  /** The orders as they are now, as the API sends them. */
  orders(): readonly ShopElement[];
  /** Changes an order as the shop's owner would. */
  changeOrder(id: number, change: OrderChange): ShopElement;
  /** Replaces the faults of requests; those of data stay as they were made. */
  setFaults(faults: SimulatorFaults): void;
  stop(): Promise<void>;
}

/** Starts a web shop on this machine that speaks the WooCommerce REST API v3, well or badly. */
export async function startShopSimulator(options: SimulatorOptions = {}): Promise<ShopSimulator> {
  const { port = 0, orders = 1_000, seed = 1, faults = {} } = options;
  const catalogue = createCatalogue(orders, seed, faults);
  const requests: SimulatedRequest[] = [];
  let handler = createHandler(catalogue, faults, seed, requests);
  const server = createServer((request, response) => handler(request, response));
  await listen(server, port);
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    key: SIMULATOR_KEY,
    secret: SIMULATOR_SECRET,
    requests,
    get expected() {
      return catalogue.expected();
    },
    orders: () => catalogue.orders(),
    changeOrder: (id, change) => catalogue.changeOrder(id, change),
    setFaults(next) {
      handler = createHandler(catalogue, next, seed, requests);
    },
    stop: () => close(server),
  };
}

function createHandler(
  catalogue: Catalogue,
  faults: SimulatorFaults,
  seed: number,
  requests: SimulatedRequest[],
): (request: IncomingMessage, response: ServerResponse) => void {
  const drawFault = createFaultDrawer(faults, seed);
  const repeat = createRepeater(faults.duplicateEvery ?? 0);
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const fault = drawFault();
    const answer = fault === null || fault === 'slow' ? repeat(url, route(catalogue, request, url)) : null;
    const status = statusOf(fault, answer);
    const query = Object.fromEntries(url.searchParams);
    requests.push({ path: url.pathname, query, status, fault });
    if (fault === 'slow' && answer !== null) {
      const timer = setTimeout(() => send(response, answer), faults.slowMs ?? SLOW_MS_DEFAULT);
      response.on('close', () => clearTimeout(timer));
    } else if (answer !== null) {
      send(response, answer);
    } else {
      misbehave(fault, faults, request, response);
    }
  };
}

function statusOf(fault: RequestFault | null, answer: ApiAnswer | null): number {
  if (answer !== null) return answer.status;
  if (fault === 'serverError') return 500;
  if (fault === 'tooManyRequests') return 429;
  return fault === 'truncated' ? 200 : 0;
}

function misbehave(
  fault: RequestFault | null,
  faults: SimulatorFaults,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (fault === 'reset') {
    request.socket.resetAndDestroy();
  } else if (fault === 'truncated') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('[{"id":50001,"number":"50001","line_it');
  } else if (fault === 'tooManyRequests') {
    response.setHeader('retry-after', String(faults.retryAfterSeconds ?? RETRY_AFTER_SECONDS_DEFAULT));
    send(response, apiError(429, 'too_many_requests', 'Slow down.'));
  } else {
    send(
      response,
      apiError(500, 'internal_server_error', 'There has been a critical error on this website.'),
    );
  }
}

/** Sends an order of the page before once more at the head of every n-th page, as a shop behind a stale cache does. */
function createRepeater(every: number): (url: URL, answer: ApiAnswer) => ApiAnswer {
  let pages = 0;
  let lastSent: unknown = null;
  return (url, answer) => {
    if (every === 0 || !url.pathname.endsWith('/orders') || !Array.isArray(answer.body)) return answer;
    pages += 1;
    const isRepeating = pages % every === 0 && lastSent !== null;
    const body = isRepeating ? [lastSent, ...answer.body] : answer.body;
    lastSent = answer.body.at(-1) ?? null;
    return { ...answer, body };
  };
}

function route(catalogue: Catalogue, request: IncomingMessage, url: URL): ApiAnswer {
  if (!url.pathname.startsWith(API_ROOT)) {
    return apiError(404, 'rest_no_route', 'No route was found matching the URL and request method.');
  }
  const credentials = Buffer.from(`${SIMULATOR_KEY}:${SIMULATOR_SECRET}`).toString('base64');
  if (request.headers.authorization !== `Basic ${credentials}`) {
    return apiError(401, 'woocommerce_rest_cannot_view', 'Sorry, you cannot list resources.');
  }
  const path = url.pathname.slice(API_ROOT.length);
  if (request.method === 'GET') {
    if (path === 'orders') return listModified(catalogue.orders(), url.searchParams);
    if (path === 'products') return listModified(catalogue.products, url.searchParams);
    if (path === 'customers') return listById(catalogue.customers, url.searchParams);
    const productId = /^products\/(\d{1,9})\/variations$/.exec(path)?.[1];
    if (productId !== undefined) {
      return listById(catalogue.variationsByProduct.get(Number(productId)) ?? [], url.searchParams);
    }
  }
  return apiError(404, 'rest_no_route', 'No route was found matching the URL and request method.');
}

function send(response: ServerResponse, answer: ApiAnswer): void {
  if (answer.total !== undefined) response.setHeader('x-wp-total', String(answer.total));
  if (answer.totalPages !== undefined) response.setHeader('x-wp-totalpages', String(answer.totalPages));
  response.writeHead(answer.status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify(answer.body));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
