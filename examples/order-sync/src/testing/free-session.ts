import type { JobSession } from '../job-session.ts';

/** A line that the code under test logged. */
export interface LoggedLine {
  readonly level: 'info' | 'warning' | 'error';
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A session without a database, with what tests look at. */
export interface FreeSession extends JobSession {
  readonly lines: LoggedLine[];
  /** The waits asked for; none of them takes time. */
  readonly waits: number[];
  sleep: (ms: number) => Promise<void>;
  abort(): void;
}

/** For code that talks to the shop only. */
export function createFreeSession(): FreeSession {
  const abortion = new AbortController();
  const lines: LoggedLine[] = [];
  const waits: number[] = [];
  const logAs = (level: LoggedLine['level']) => (message: string, details?: LoggedLine['details']) => {
    lines.push({ level, message, details: details ?? {} });
  };
  return {
    signal: abortion.signal,
    lines,
    waits,
    log: { info: logAs('info'), warning: logAs('warning'), error: logAs('error') },
    async sleep(ms) {
      abortion.signal.throwIfAborted();
      waits.push(ms);
    },
    abort: () => abortion.abort(),
  };
}
