import type { Finding } from './finding.ts';
import type { Recording, Write } from './recording.ts';

/**
 * The questions that the background skips although it does what they stand before: asked in the foreground before a
 * write, not asked in the background, where the same write is reached all the same. A question is no finding where
 * data of the application decide in its place.
 */
export function riskyFindings(foreground: Recording, background: Recording): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [question, { name, place, chain }] of foreground.dialogs) {
    if (background.dialogs.has(question) || background.replaced.has(question)) continue;
    const writes: Write[] = [];
    for (const [key, write] of background.writes) {
      if (foreground.writes.get(key)?.asked.has(question) === true) writes.push(write);
    }
    const [first] = writes;
    if (first === undefined) continue;
    const what = first.possible ? `what may be a write (${first.what})` : `a write (${first.what})`;
    findings.push({
      kind: 'risky',
      ...place,
      member: name,
      message: `the background skips session.${name} and reaches ${what} all the same; collect the decision before, pass it as data.`,
      chain,
      writes: writes.map((write) => ({ ...write.place, what: write.what, possible: write.possible })),
    });
  }
  return findings;
}
