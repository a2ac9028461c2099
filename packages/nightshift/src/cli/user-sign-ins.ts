import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { counted, tableOf, wallClockText, zoneOrUtc } from './showing.ts';
import { signIns } from './verbs.ts';
import { platformOf, withAdministrator } from './with-caller.ts';

/** Lists where a user is signed in. */
export async function listSignInsCommand(invocation: Invocation, user: string): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const places = await signIns.list(caller, user);
    const zone = zoneOrUtc(caller.timeZone);
    invocation.answer(places, () =>
      places.length === 0
        ? `${user} is signed in nowhere.`
        : tableOf(
            ['Id', `Since (${zone})`, 'Last seen', 'Address', 'With'],
            places.map(({ id, since, lastSeenAt, address, agent }) => [
              id,
              wallClockText(since, zone),
              wallClockText(lastSeenAt, zone),
              address,
              agent,
            ]),
          ),
    );
  });
  return EXIT.ok;
}

/** Signs a user out at one place, or everywhere. */
export async function signOutCommand(
  invocation: Invocation,
  user: string,
  { place }: { readonly place?: string },
): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const ended = await signIns.end(caller, { user, place: place ?? null });
    invocation.answer({ user, ended }, () => `${user} is signed out at ${counted(ended, 'place')}.`);
  });
  return EXIT.ok;
}

/** Takes a lost authenticator from a user. */
export async function resetAuthenticatorCommand(invocation: Invocation, user: string): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    await signIns.resetAuthenticator(caller, user);
    invocation.answer(
      { user, authenticator: null },
      () =>
        `${user} has no authenticator any more and is signed out; he sets up another one when he signs in.`,
    );
  });
  return EXIT.ok;
}

/** Says which subject of the sign-in provider a user is. */
export async function declareSubjectCommand(
  invocation: Invocation,
  user: string,
  subject: string,
): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const { declareSubject } = await import('../server/index.ts');
    await declareSubject(platformOf(caller), caller, { user, subject });
    invocation.answer({ user, subject }, () => `Whoever signs in at the provider as ${subject} is ${user}.`);
  });
  return EXIT.ok;
}
