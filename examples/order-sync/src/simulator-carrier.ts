import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a simulated carrier does wrong, each at the first request for every n-th order; 0: never. */
export interface CarrierFaults {
  /** Answers 503 and does nothing. */
  readonly failEvery?: number;
  /** Ships, and never answers. */
  readonly hangEvery?: number;
  /** Ships, and answers twice on the same connection. */
  readonly twiceEvery?: number;
  /** Milliseconds until it answers. Default 0. */
  readonly answerMs?: number;
  /** References of parcels that it refuses, until they are taken out. */
  readonly refused?: Set<string>;
}

/** Faults for a demonstration. */
export const CARRIER_FAULTS: CarrierFaults = Object.freeze({ failEvery: 20, hangEvery: 45, twiceEvery: 9 });

/** What it has sent. */
export interface SentShipment {
  readonly trackingNo: string;
  readonly reference: string;
  readonly key: string;
}

/** A running simulated carrier. It does not heed keys: whoever asks twice has two parcels sent. But it can be asked. */
export interface CarrierSimulator {
  readonly url: string;
  readonly shipments: readonly SentShipment[];
  /** How often it has failed, been silent after it shipped, answered twice, refused, and been asked what it knows. */
  readonly counts: Readonly<Record<'failed' | 'hung' | 'twice' | 'refused' | 'asked', number>>;
  stop(): Promise<void>;
}

type Fault = 'failed' | 'hung' | 'twice' | 'refused';

/** Starts a carrier on this machine. */
export async function startCarrierSimulator(faults: CarrierFaults = {}): Promise<CarrierSimulator> {
  const shipments: SentShipment[] = [];
  const counts = { failed: 0, hung: 0, twice: 0, refused: 0, asked: 0 };
  const { answerMs = 0 } = faults;
  const faultOf = faultDrawer(faults);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (request.method === 'GET') {
      counts.asked += 1;
      const known = shipments.find(({ key }) => key === url.searchParams.get('key'));
      return send(response, known === undefined ? 404 : 200, known ?? {});
    }
    const { reference, key } = JSON.parse(await bodyOf(request)) as { reference: string; key: string };
    const fault = faultOf(reference);
    if (fault !== null) counts[fault] += 1;
    if (fault === 'failed') return send(response, 503, { message: 'Nothing was done.' });
    if (fault === 'refused') return send(response, 422, { message: 'No such address.' });
    const sent = { trackingNo: `NS${String(shipments.length + 1).padStart(9, '0')}`, reference, key };
    shipments.push(sent);
    if (fault === 'hung') return; // the parcel is on its way, and nobody is told
    if (fault === 'twice') return sendTwice(response, sent);
    send(response, 201, sent);
  };
  const later = (request: IncomingMessage, response: ServerResponse) =>
    // Whoever goes away in the middle of a question gets no answer.
    void setTimeout(() => answer(request, response).catch(() => response.destroy()), answerMs);
  const server = createServer(later);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    shipments,
    counts,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The same orders have the same faults, and only once, so that every run of a demonstration tells the same. */
function faultDrawer({ failEvery = 0, hangEvery = 0, twiceEvery = 0, refused = new Set() }: CarrierFaults) {
  const seen = new Set<string>();
  const isNth = (reference: string, every: number): boolean => every > 0 && Number(reference) % every === 0;
  return (reference: string): Fault | null => {
    if (refused.has(reference)) return 'refused';
    if (seen.has(reference)) return null;
    seen.add(reference);
    if (isNth(reference, hangEvery)) return 'hung';
    if (isNth(reference, failEvery)) return 'failed';
    return isNth(reference, twiceEvery) ? 'twice' : null;
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Two whole answers to one question. */
function sendTwice(response: ServerResponse, body: unknown): void {
  const text = JSON.stringify(body);
  const answer = `HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  response.socket?.write(answer + answer);
}
