import type { ComponentType } from 'react';
import {
  IconBan,
  IconBell,
  IconCheckCircle,
  IconClock,
  IconDashed,
  IconError,
  IconHand,
  IconHourglass,
  IconPause,
  IconPlay,
  IconRead,
  IconRefresh,
  IconSkip,
  IconSleep,
  IconSquare,
  IconTimer,
  IconUnplug,
  IconUnread,
  IconWarning,
} from './icons.ts';
import classes from './status.module.css';

type Tone = 'good' | 'busy' | 'wait' | 'hold' | 'bad';
type Look = readonly [tone: Tone, icon: ComponentType<{ size?: number | string }>];

/** How each state of the product looks: colour, shape and word, never colour alone. */
const LOOKS: Readonly<Record<string, Look>> = {
  // Entries
  'On Hold': ['hold', IconPause],
  Ready: ['good', IconClock],
  'In Process': ['busy', IconRefresh],
  Waiting: ['wait', IconHourglass],
  'On Hold with Inactivity Timeout': ['hold', IconSleep],
  Error: ['bad', IconError],
  Finished: ['hold', IconCheckCircle],
  // Log entries
  Success: ['good', IconCheckCircle],
  Skipped: ['hold', IconSkip],
  Stopped: ['wait', IconHand],
  Killed: ['bad', IconBan],
  Timeout: ['bad', IconTimer],
  Lost: ['bad', IconUnplug],
  // Tasks, sessions, work items
  'Not Ready': ['hold', IconPause],
  Pending: ['wait', IconHourglass],
  Running: ['busy', IconRefresh],
  Retrying: ['wait', IconRefresh],
  Failed: ['bad', IconError],
  Poison: ['bad', IconWarning],
  Queued: ['wait', IconHourglass],
  Stopping: ['wait', IconHand],
  Lingering: ['wait', IconHand],
  Processing: ['busy', IconRefresh],
  Processed: ['good', IconCheckCircle],
  Resolved: ['good', IconCheckCircle],
  // Runs on the timeline
  Planned: ['hold', IconClock],
  // Server instances
  Idle: ['hold', IconSleep],
  Held: ['bad', IconHand],
  Blocked: ['bad', IconBan],
  Outdated: ['wait', IconWarning],
  Silent: ['bad', IconUnplug],
  // Session events
  Logon: ['hold', IconPlay],
  Logoff: ['hold', IconSquare],
  Start: ['busy', IconPlay],
  Stop: ['good', IconCheckCircle],
  Close: ['good', IconCheckCircle],
  // Approvals
  Open: ['wait', IconHourglass],
  Approved: ['good', IconCheckCircle],
  Rejected: ['bad', IconError],
  Withdrawn: ['hold', IconBan],
  // Users, keys, what the audit log says
  Enabled: ['good', IconCheckCircle],
  Disabled: ['hold', IconBan],
  Expired: ['bad', IconTimer],
  Valid: ['good', IconCheckCircle],
  Revoked: ['hold', IconBan],
  Allowed: ['good', IconCheckCircle],
  Denied: ['bad', IconBan],
  // Bulk operations and their rows
  Aborting: ['wait', IconHand],
  Aborted: ['wait', IconHand],
  Begun: ['busy', IconRefresh],
  Done: ['good', IconCheckCircle],
  Refused: ['bad', IconError],
  Unknown: ['wait', IconWarning],
  // Alerts
  New: ['busy', IconBell],
  'Tries again': ['wait', IconRefresh],
  'Failed for good': ['bad', IconError],
  'Runs again': ['good', IconCheckCircle],
  'Went well': ['good', IconCheckCircle],
  Overdue: ['bad', IconTimer],
  'Takes too long': ['wait', IconTimer],
  'Nothing runs': ['bad', IconUnplug],
  'User is gone': ['bad', IconBan],
  'Waits for you': ['wait', IconHourglass],
  'Items failed': ['bad', IconWarning],
  // Documents
  Unread: ['busy', IconUnread],
  Read: ['hold', IconRead],
};

const TURNING = new Set(['In Process', 'Running', 'Processing']);
const UNKNOWN: Look = ['hold', IconDashed];
const SHORT: Readonly<Record<string, string>> = { 'On Hold with Inactivity Timeout': 'On Hold, inactive' };

/** A state: coloured, with an icon and its word. */
export function Status({ of: state }: { readonly of: string }) {
  const [tone, Icon] = LOOKS[state] ?? UNKNOWN;
  const turns = TURNING.has(state) ? ` ${classes.spin}` : '';
  return (
    <span
      className={`${classes.badge} ${classes[tone]}${turns}`}
      title={SHORT[state] === undefined ? undefined : state}
    >
      <Icon size={13} aria-hidden />
      <span>{SHORT[state] ?? state}</span>
    </span>
  );
}
