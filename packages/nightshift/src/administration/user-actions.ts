import type { Verb } from '../contract/permissions.ts';
import { withoutStacks } from '../foundation/index.ts';
import type { UserCard } from '../permissions/index.ts';
import { type RightsChange, stateRefusal } from './rights-guards.ts';

/** The state that each verb about one brings a user to. */
export const USER_STATES = { disable: 'disabled', enable: 'enabled' } as const satisfies Readonly<
  Record<string, UserCard['state']>
>;

/**
 * The actions of a user, and why his state or everybody's rights forbid each, for whoever is the actor; null: they do not. What
 * would change nothing is not among what he may do; the verbs leave him as he is then.
 */
export function userActions(seen: Omit<RightsChange, 'after'>, user: Pick<UserCard, 'no' | 'state'>) {
  const verb: Verb = 'user.modify';
  const changes = (Object.keys(USER_STATES) as (keyof typeof USER_STATES)[]).map((name) => {
    const state = USER_STATES[name];
    const refusal =
      user.state === state
        ? `He is ${state} already.`
        : (withoutStacks(() => stateRefusal(seen, user, state))?.message ?? null);
    return { name, verb, refusal };
  });
  return [{ name: 'modify', verb, refusal: null }, ...changes];
}
