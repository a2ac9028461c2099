import { z } from 'zod';
import { ALERT_KINDS, alert, seenAlerts } from './alert.ts';
import { route } from './route.ts';
import { count, field, inCompany, pageOf, paging, queryFlag, queryNumber, queryWords } from './wire.ts';

const place = z.strictObject(inCompany);

/** Addresses about what people are told who do not look. */
export const ALERT_ROUTES = {
  'alerts.list': route({
    method: 'GET',
    path: '/companies/{company}/alerts',
    summary: 'The alerts that concern you, newest first.',
    verbs: ['alert.read'],
    params: place,
    query: z.strictObject({
      ...paging,
      kind: field(queryWords(ALERT_KINDS).optional(), 'Only alerts of these kinds.'),
      unseen: field(queryFlag.optional(), 'Only those that you have not marked as seen.'),
      present: field(queryFlag.optional(), 'Only what is so still.'),
    }),
    answer: pageOf(alert),
    csv: true,
  }),
  'alerts.get': route({
    method: 'GET',
    path: '/companies/{company}/alerts/{no}',
    summary: 'One alert.',
    verbs: ['alert.read'],
    params: z.strictObject({ ...inCompany, no: field(queryNumber(0, 1e15), 'The number of the alert.') }),
    answer: alert,
  }),
  'alerts.markSeen': route({
    method: 'POST',
    path: '/companies/{company}/alerts/actions/markSeen',
    summary: 'Notes that you have seen alerts, for yourself, in whichever browser.',
    verbs: ['alert.read'],
    params: place,
    body: seenAlerts,
    answer: z.object({ marked: field(count, 'How many of them you had not seen.') }),
  }),
} as const;

/** Their names. */
export type AlertRouteName = keyof typeof ALERT_ROUTES;
