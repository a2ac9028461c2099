import type { Debugger, Session } from 'node:inspector';
import { type BlockedBy, blockedBy, type Frame, isFile, tellingFrame } from './watchdog-place.ts';

/**
 * What an examination found. `paused`: somebody's debugger holds the main thread at a breakpoint. `unknown`: it cannot be
 * inspected, or had moved on before it could be.
 */
export type Finding =
  | { readonly kind: 'blocked'; readonly by: BlockedBy }
  | { readonly kind: 'paused' }
  | { readonly kind: 'unknown' };

/** A look at the main thread that is under way. */
export interface Examination {
  /**
   * Never rejects. May stay open for as long as the main thread is in native code, which cannot be interrupted: then it
   * settles when that returns.
   */
  readonly found: Promise<Finding>;
  /** Ends it, whatever state it is in; `found` settles as unknown if it had not. Idempotent. */
  end(): void;
}

/** What `running-code.ts` of the sessions offers. */
const WHO_RUNS = "globalThis[Symbol.for('nightshift.running')]?.()";
/** Ends an evaluation that the application's code makes endless. */
const EVALUATION_MS_MAX = 200;

/**
 * From a worker: holds the main thread up for 0.1 to 0.2 s (nearly all of it for the list of its scripts), and learns
 * where it is and whose code it runs. Leaves a thread alone that is stopped already. One that this thread stopped goes
 * on by itself if this thread ends meanwhile.
 * @param isStill whether the main thread has not moved on; asked while it stands. What runs later is not to blame
 */
export function examineMainThread(isStill: () => boolean): Examination {
  const { promise: found, resolve } = Promise.withResolvers<Finding>();
  let session: Session | null = null;
  let ended = false;
  const end = () => {
    ended = true;
    session?.disconnect();
    session = null;
    resolve({ kind: 'unknown' });
  };
  // A Node without an inspector has no such module.
  import('node:inspector')
    .then((inspector) => {
      if (ended) return;
      session = new inspector.Session();
      session.connectToMainThread();
      inspect(session, isStill, (finding) => {
        resolve(finding);
        end();
      });
    })
    .catch(end);
  return { found, end };
}

/** The conversation with the debugger of the main thread; `done` is called at most once, and disconnects. */
function inspect(session: Session, isStill: () => boolean, done: (finding: Finding) => void): void {
  const urls = new Map<string, string>();
  let enabled = false;
  let paused = false;
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
  session.on('Debugger.paused', ({ params }) => {
    // Told before the answer to our first message, so it was somebody else, who will let go of it.
    if (!enabled) {
      done({ kind: 'paused' });
      return;
    }
    if (paused) return;
    paused = true;
    const isToBlame = isStill();
    const frames = params.callFrames.map((frame) => frameOf(frame, urls));
    const place = tellingFrame(frames);
    let running: unknown = null;
    const asking = frames.find(isFile);
    if (asking !== undefined) {
      session.post('Debugger.evaluateOnCallFrame', question(asking), (_, answer) => {
        running = answer?.result.value;
      });
    }
    // Sent in one go: how long the main thread stands does not depend on how soon this one gets the answers.
    session.post('Debugger.resume');
    session.post('Debugger.disable', () =>
      done(isToBlame ? { kind: 'blocked', by: blockedBy(place, running) } : { kind: 'unknown' }),
    );
  });
  session.post('Debugger.enable', (error) => {
    enabled = true;
    if (error !== null) done({ kind: 'unknown' });
  });
  // Not only after the answer: native code that has just returned would be gone by then.
  session.post('Debugger.pause');
}

/** The time limit is known to V8 and not to the types. */
function question({ id }: Frame): Debugger.EvaluateOnCallFrameParameterType {
  const parameters = {
    callFrameId: id,
    expression: WHO_RUNS,
    returnByValue: true,
    silent: true,
    timeout: EVALUATION_MS_MAX,
  };
  return parameters;
}

function frameOf(frame: Debugger.CallFrame, urls: ReadonlyMap<string, string>): Frame {
  const { scriptId, lineNumber } = frame.location;
  return {
    id: frame.callFrameId,
    url: urls.get(scriptId) ?? frame.url,
    function: frame.functionName,
    line: lineNumber,
  };
}
