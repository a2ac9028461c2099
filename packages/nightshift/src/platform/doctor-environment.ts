import type { InstanceFacts } from './doctor-facts.ts';
import { type EnvironmentFacts, RELEASE_HELP, whyUnapproved } from './environment.ts';
import { error, type Finding, ok, warning } from './finding.ts';

/** What is to be said of the environment, and of the live instances that are held in it. */
export function environmentFindings(
  environment: EnvironmentFacts,
  live: readonly InstanceFacts[],
): readonly Finding[] {
  const held = live.flatMap((instance) => {
    if (instance.held === null) return [];
    const sentence = `${instanceText(instance)} is held and runs no tasks: ${instance.held}`;
    return [error('environment', sentence, RELEASE_HELP)];
  });
  if (held.length > 0) return held;
  const unapproved = whyUnapproved(environment);
  if (unapproved !== null)
    return [warning('environment', `${unapproved} Instances that start here are held.`, RELEASE_HELP)];
  const { name } = environment;
  return [
    ok(
      'environment',
      name === null
        ? 'The environment has no name yet; the first instance that starts gives it one.'
        : `This is environment "${name}".`,
    ),
  ];
}

/** Which instance is meant. */
export function instanceText({ place, host, processId }: InstanceFacts): string {
  return `Instance ${place} (process ${processId} on ${host})`;
}
