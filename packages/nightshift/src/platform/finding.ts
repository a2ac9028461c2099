/** How bad a finding is. Only errors mean that something does not run. */
export type FindingLevel = 'ok' | 'warning' | 'error';

/** What a finding is about. */
export type FindingTopic =
  | 'database'
  | 'schema'
  | 'clock'
  | 'rights'
  | 'people'
  | 'environment'
  | 'connections'
  | 'instances'
  | 'sessions'
  | 'entries'
  | 'tasks';

/** One thing that was looked at: how it is, and what to do. */
export interface Finding {
  readonly level: FindingLevel;
  readonly topic: FindingTopic;
  /** One sentence. */
  readonly message: string;
  /** What to do; null when nothing is. */
  readonly help: string | null;
}

/** A number with its noun. */
export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** All is well. */
export function ok(topic: FindingTopic, message: string): Finding {
  return { level: 'ok', topic, message, help: null };
}

/** Worth a word. */
export function warning(topic: FindingTopic, message: string, help: string | null): Finding {
  return { level: 'warning', topic, message, help };
}

/** Something does not run. */
export function error(topic: FindingTopic, message: string, help: string | null): Finding {
  return { level: 'error', topic, message, help };
}
