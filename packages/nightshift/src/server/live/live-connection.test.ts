import { beforeEach, describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { LIVE_CLOSE_CODES } from '../../contract/live.ts';
import { SECOND_MS } from '../../foundation/index.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { Who } from '../who.ts';
import { HEARTBEAT_MS, HELLO_MS, heartbeat, SILENCE_MS } from './heartbeat.ts';
import { LiveConnection } from './live-connection.ts';
import { positionOf, positionText, shortSum } from './live-position.ts';

/** A socket whose reader takes nothing when the test says so. */
class FakeSocket {
  readonly sent: string[] = [];
  bufferedAmount = 0;
  closedWith: number | 'terminated' | null = null;
  send(text: string): void {
    this.sent.push(text);
  }
  close(code: number): void {
    this.closedWith = code;
  }
  terminate(): void {
    this.closedWith = 'terminated';
  }
  get events() {
    return this.sent.map((text) => JSON.parse(text));
  }
}

const WHO: Who = {
  user: 'ADMIN',
  signedInBy: 'session',
  scopes: null,
  company: null,
  needsSecondFactor: false,
  countedAs: 'user ADMIN',
};
const MESSAGE = { type: 'message', run: 'r', text: 'x' } as const;
const PROGRESS = { type: 'progress', run: 'r', window: 1, text: 'x' } as const;
let clock: FakeClock;
let connection: LiveConnection;
let socket: FakeSocket;
beforeEach(() => {
  clock = new FakeClock();
  connection = new LiveConnection('c', WHO, clock);
  socket = new FakeSocket();
  connection.attach(socket as unknown as WebSocket, 0);
});

describe('a connection', () => {
  test('keeps what has to arrive until it did, and repeats it in order', () => {
    for (let at = 0; at < 5; at++) connection.tell(MESSAGE);
    connection.seen(2);
    connection.detach(socket as unknown as WebSocket);
    connection.tell(MESSAGE);
    expect(connection.send(PROGRESS)).toBe(false);
    const next = new FakeSocket();
    connection.attach(next as unknown as WebSocket, 3);
    connection.repeat();
    expect(next.events.map(({ seq }) => seq)).toEqual([4, 5, 6]);
  });

  test('sends a slow reader nothing that need not arrive, and gives him up after 30 s', () => {
    socket.bufferedAmount = 1_000_000;
    expect(connection.send(PROGRESS)).toBe(false);
    connection.tell(MESSAGE);
    expect(socket.sent).toHaveLength(1);
    connection.checkPace(0);
    connection.checkPace(29 * SECOND_MS);
    socket.bufferedAmount = 0;
    connection.checkPace(30 * SECOND_MS);
    expect(connection.send(PROGRESS)).toBe(true);
    socket.bufferedAmount = 1_000_000;
    connection.checkPace(40 * SECOND_MS);
    expect(connection.ended.aborted).toBe(false);
    connection.checkPace(70 * SECOND_MS);
    expect(connection.ended.aborted).toBe(true);
    expect(socket.closedWith).toBe('terminated');
  });

  test('is given up when what has to arrive piles up', () => {
    for (let at = 0; at <= 2_000; at++) connection.tell(MESSAGE);
    expect(socket.closedWith).toBe(LIVE_CLOSE_CODES.slow);
    connection.tell(MESSAGE);
    expect(socket.sent.length).toBeLessThanOrEqual(2_000);
  });

  test('closes the socket that it leaves', () => {
    connection.attach(new FakeSocket() as unknown as WebSocket, 0);
    expect(socket.closedWith).toBe(LIVE_CLOSE_CODES.replaced);
    connection.detach(socket as unknown as WebSocket);
    expect(connection.cutAt).toBeNull();
  });
});

test('a heart beats every 15 s, and stops after 40 s without an answer, or 10 s without hello', () => {
  const vitals = { openedAt: 0, heardAt: 100, pingedAt: 0, saidHello: true };
  expect(heartbeat(vitals, HEARTBEAT_MS - 1)).toBe('wait');
  expect(heartbeat(vitals, HEARTBEAT_MS)).toBe('ping');
  expect(heartbeat({ ...vitals, pingedAt: SILENCE_MS }, SILENCE_MS + 99)).toBe('wait');
  expect(heartbeat(vitals, SILENCE_MS + 100)).toBe('silent');
  const silent = { ...vitals, saidHello: false };
  expect(heartbeat(silent, HELLO_MS - 1)).toBe('wait');
  expect(heartbeat({ ...silent, heardAt: HELLO_MS }, HELLO_MS)).toBe('silent');
});

describe('a position', () => {
  const position = {
    horizon: 123_456_789_012n,
    state: shortSum('-18446744073709551615'),
    rowsThere: shortSum('7'),
  };

  test('is read as it was written', () => {
    expect(positionOf(positionText(position), position.horizon + 5n)).toEqual(position);
  });

  test('of the future, of long ago or of nowhere is none', () => {
    expect(positionOf(positionText(position), position.horizon - 1n)).toBeNull();
    expect(positionOf(positionText(position), position.horizon + 1_000_000_001n)).toBeNull();
    for (const text of ['', 'x', '1.2', '1.2.3.4', 'A.1.1', "1.1.1'; --", `${'z'.repeat(14)}.1.1`])
      expect(positionOf(text, position.horizon)).toBeNull();
  });
});
