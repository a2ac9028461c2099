import { declaredStatement } from '../database/index.ts';
import { acts, type EngineCommand } from './engine-commands.ts';

/** One way to break the engine, and a short history in which the state-machine test must notice. */
export interface EngineBreakage {
  readonly what: string;
  /** A statement of the platform, or a function of schema nightshift_session. */
  readonly target: `statement ${string}` | `function ${string}`;
  /** A part of its text, and what stands there instead. */
  readonly change: readonly [from: string, to: string];
  readonly history: readonly EngineCommand[];
}

const {
  create,
  work,
  workOnSuspects,
  take,
  takeAsZombie,
  zombie,
  cancel,
  setReady,
  crash,
  join,
  reap,
  sever,
} = acts;
/** Two instances, and a task that runs on the first one. */
const running = [create(), join(), work()];
/** The same, but the first one was declared dead, and a third one may run the task. */
const undead = [...running, zombie()];
/** And then the instance dies. */
const deadly = (history: readonly EngineCommand[]) => [...history, crash(), join(), reap()];
/** Two tasks, each of which was lost once. */
const suspects = [...deadly(running), ...deadly(running)];
const suspicious = [workOnSuspects()];
const OURS = 'claim = $2';
/** True for the claim of somebody else. */
const THEIRS = 'claim <> coalesce($2::uuid, id)';

/** Each of them could be somebody's mistake. */
export const ENGINE_BREAKAGES: readonly EngineBreakage[] = [
  {
    what: 'a completion that does not ask whose claim it is',
    target: 'function complete_task',
    change: [' and claim = p_claim', ''],
    history: [...undead, workOnSuspects(), takeAsZombie('end')],
  },
  {
    what: 'a completion that says nothing when the claim is lost',
    target: 'function complete_task',
    change: ['if not found', 'if false'],
    history: [...undead, takeAsZombie('end')],
  },
  {
    what: 'a commit in mid-run that does not ask',
    target: 'function check_claim',
    change: [' and claim = p_claim', ''],
    history: [...undead, takeAsZombie('part')],
  },
  {
    what: 'a running task that can be cancelled',
    target: 'function cancel_task',
    change: [' and t.claim is null', ''],
    history: [...running, cancel()],
  },
  {
    what: 'a running task that can be set ready',
    target: 'function set_task_ready',
    change: [' and t.claim is null', ''],
    history: [...running, setReady()],
  },
  {
    what: 'a removal that does not ask whose claim it is',
    target: 'statement ns_tasks_complete_of_claim',
    change: [OURS, '$2::uuid is not null'],
    history: [...undead, workOnSuspects(), takeAsZombie('pass')],
  },
  {
    what: 'a reaper that forgets to release',
    target: 'statement ns_instance_release_tasks',
    change: ['where ', 'where false and '],
    history: [...running, crash(), reap()],
  },
  {
    what: 'a reaper that does not count the loss',
    target: 'statement ns_instance_release_tasks',
    change: ['losses + 1', 'losses'],
    history: [...running, crash(), reap()],
  },
  {
    what: 'a reaper that suspects nobody',
    target: 'statement ns_instance_release_tasks',
    change: ['suspect + 1', 'suspect'],
    history: [...running, crash(), reap()],
  },
  {
    what: 'probable culprits side by side',
    target: 'statement ns_tasks_claim_suspects',
    change: ['then 1 else 0', 'then 2 else 0'],
    history: [...suspects, ...deadly(suspicious), ...suspicious],
  },
  {
    what: 'poison that nobody finds',
    target: 'statement ns_tasks_read_poison',
    change: ['suspect > $1', 'suspect > $1 + 1'],
    history: [...deadly(running), ...deadly(suspicious), ...deadly(suspicious), ...deadly(suspicious)],
  },
  {
    what: 'a retry that does not raise the attempt',
    target: 'statement ns_task_retry',
    change: ['attempt + 1', 'attempt'],
    history: [...running, take('retriable')],
  },
  {
    what: 'a retry without a wait',
    target: 'statement ns_task_retry',
    change: ["$4 * interval '1 millisecond'", "$4 * interval '0'"],
    history: [...running, take('retriable')],
  },
  {
    what: 'a retry of somebody else’s task',
    target: 'statement ns_task_retry',
    change: [OURS, THEIRS],
    history: [...undead, workOnSuspects(), takeAsZombie('retriable')],
  },
  {
    what: 'a failure codeunit that never comes',
    target: 'statement ns_task_pass_to_failure',
    change: ['failing = true', 'failing = false'],
    history: [create(true, 0, true), work(), take('final')],
  },
  {
    what: 'a failure codeunit for somebody else’s task',
    target: 'statement ns_task_pass_to_failure',
    change: [OURS, THEIRS],
    history: [create(true, 0, true), join(), work(), zombie(), workOnSuspects(), takeAsZombie('final')],
  },
  {
    what: 'a failure of somebody else’s task',
    target: 'statement ns_task_fail',
    change: [OURS, THEIRS],
    history: [...undead, workOnSuspects(), takeAsZombie('final')],
  },
  {
    what: 'a lost COMMIT that is never resolved',
    target: 'statement ns_task_reclaim',
    change: [OURS, THEIRS],
    history: [...running, take('touch'), sever(), take('pass')],
  },
  {
    what: 'a lost COMMIT that takes somebody else’s task back',
    target: 'statement ns_task_reclaim',
    change: [OURS, '$2::uuid is not null'],
    history: [...running, take('touch'), zombie(), workOnSuspects(), takeAsZombie('pass')],
  },
  {
    what: 'a hand-back that forgets them',
    target: 'statement ns_tasks_release',
    change: ['where ', 'where false and '],
    history: [create(), acts.claim(), acts.handBack()],
  },
  {
    what: 'a hand-back of what runs',
    target: 'statement ns_tasks_release_unknown',
    change: ['not (claim', '(true or claim'],
    history: [...running, acts.releaseUnknown()],
  },
  {
    what: 'a claim of a zombie that nobody looks after',
    target: 'statement ns_tasks_release_unknown',
    change: ['i.epoch = t.claimed_by', 'true'],
    history: [
      ...undead,
      acts.workOnSuspects(),
      create(),
      acts.claimAsZombie(),
      acts.leave(),
      acts.releaseUnknown(),
    ],
  },
  {
    what: 'a lost answer to a claim that nobody looks after',
    target: 'statement ns_tasks_release_unknown',
    change: ['claimed_by = $1', 'claimed_by <> $1'],
    history: [create(), acts.claimInVain(), acts.releaseUnknown()],
  },
];

/** The text as it is, broken. @throws Error when the change does not fit any more */
export function brokenText(text: string, { what, change: [from, to] }: EngineBreakage): string {
  const broken = text.replaceAll(from, to);
  if (broken === text) throw new Error(`${what}: "${from}" does not occur any more in ${text}`);
  return broken;
}

/** The broken statement by the name of the right one; nothing when a function is broken. */
export function brokenStatements(breakage: EngineBreakage): ReadonlyMap<string, string> {
  const [kind, name = ''] = breakage.target.split(' ');
  if (kind !== 'statement') return new Map();
  return new Map([[name, brokenText(declaredStatement(name).text, breakage)]]);
}

/** The name of the function that is broken; null when a statement is. */
export function brokenFunction({ target }: EngineBreakage): string | null {
  const [kind, name = ''] = target.split(' ');
  return kind === 'function' ? name : null;
}
