import { z } from 'zod';
import { route } from './route.ts';
import { field, instant, text } from './wire.ts';

const password = field(text(128, 1), 'The password.');
const newPassword = field(
  text(128, 12),
  'The new password: 12 characters or more, not your name, nothing that everybody tries.',
);
const code = field(
  z.string().regex(/^\d{6}$/, 'is a code of 6 digits'),
  'The code that the authenticator shows.',
);

const signedIn = z
  .object({
    outcome: field(
      z.enum(['signed-in', 'second-factor']),
      'Whether you are signed in, or have to give the code of your authenticator, too.',
    ),
  })
  .meta({ id: 'SignedIn', description: 'What came of signing in.' });

/** A place where somebody is signed in. */
export const signIn = z
  .object({
    id: field(z.string(), 'Names it.'),
    isThis: field(z.boolean(), 'Whether it is the one that asks.'),
    since: field(instant, 'When you signed in.'),
    lastSeenAt: field(instant, 'When it was used last, to a few minutes.'),
    expiresAt: field(instant, 'When it ends unless it is used before.'),
    address: field(z.string().nullable(), 'From where; null: nobody knows.'),
    agent: field(
      z.string().nullable(),
      'With which browser or program, as it said itself; null: it did not.',
    ),
  })
  .meta({ id: 'SignIn', description: 'A place where you are signed in.' });

/** Addresses by which people sign in. */
export const SIGN_IN_ROUTES = {
  'signIn.create': route({
    method: 'POST',
    path: '/signIn',
    summary: 'Signs you in with your name and your password; the answer sets a cookie.',
    verbs: [],
    access: 'open',
    body: z.strictObject({ user: field(text(65, 1), 'Your name.'), password }),
    answer: signedIn,
  }),
  'signIn.secondFactor': route({
    method: 'POST',
    path: '/signIn/actions/secondFactor',
    summary: 'Completes signing in with the code of your authenticator.',
    verbs: [],
    access: 'open',
    body: z.strictObject({ code }),
    answer: signedIn,
  }),
  'signIn.recoveryCode': route({
    method: 'POST',
    path: '/signIn/actions/recoveryCode',
    summary: 'Completes signing in with one of your recovery codes, which is used up by it.',
    verbs: [],
    access: 'open',
    body: z.strictObject({ code: field(text(50, 1), 'A recovery code that was not used yet.') }),
    answer: signedIn,
  }),
  'signIn.setPassword': route({
    method: 'POST',
    path: '/signIn/actions/setPassword',
    summary:
      'Sets your password with the one-time link that an administrator gave you; ends all places where you are signed in.',
    verbs: [],
    access: 'open',
    body: z.strictObject({ token: field(text(200, 1), 'The secret of the link.'), newPassword }),
  }),
  'me.signOut': route({
    method: 'POST',
    path: '/me/actions/signOut',
    summary: 'Signs you out.',
    verbs: [],
    access: 'people',
  }),
  'me.changePassword': route({
    method: 'POST',
    path: '/me/actions/changePassword',
    summary: 'Changes your password; ends all other places where you are signed in.',
    verbs: [],
    access: 'people',
    body: z.strictObject({ password, newPassword }),
  }),
  'me.signIns': route({
    method: 'GET',
    path: '/me/signIns',
    summary: 'The places where you are signed in.',
    verbs: [],
    access: 'people',
    answer: z.object({ items: field(z.array(signIn), 'The places, newest first.') }),
  }),
  'me.endSignIn': route({
    method: 'POST',
    path: '/me/signIns/{signInId}/actions/end',
    summary: 'Signs you out at another place.',
    verbs: [],
    access: 'people',
    params: z.strictObject({ signInId: field(text(100, 1), 'The id of the place.') }),
  }),
  'me.beginSecondFactor': route({
    method: 'POST',
    path: '/me/secondFactor',
    summary: 'Begins to use an authenticator; it counts once it is confirmed.',
    verbs: [],
    access: 'people',
    body: z.strictObject({ password }),
    answer: z
      .object({
        uri: field(z.string(), 'What the authenticator is told, as a QR code or by hand.'),
        recoveryCodes: field(
          z.array(z.string()),
          'Codes for when the authenticator is lost, each for one use.',
        ),
      })
      .meta({ id: 'SecondFactor', description: 'What an authenticator is set up with.' }),
  }),
  'me.confirmSecondFactor': route({
    method: 'POST',
    path: '/me/secondFactor/actions/confirm',
    summary: 'Confirms your authenticator by its first code; from then on signing in takes one.',
    verbs: [],
    access: 'people',
    body: z.strictObject({ code }),
  }),
} as const;

/** Their names. */
export type SignInRouteName = keyof typeof SIGN_IN_ROUTES;
