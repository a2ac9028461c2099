import type { Approval } from '@nightshift/client/api';
import { given } from '../../foundation/index.ts';
import type { ApprovalRequest } from '../../job-queue/index.ts';
import type { approvals } from '../../platform/index.ts';
import { at } from './server-of-caller.ts';
import { dateOf, firstOf, pageSize } from './wire.ts';

type Approvals = typeof approvals;
const LISTED_DEFAULT = 100;

function approvalOf(wire: Approval): ApprovalRequest {
  return { ...wire, requestedAt: dateOf(wire.requestedAt), decidedAt: dateOf(wire.decidedAt) };
}

function decision(
  name: 'approvals.approve' | 'approvals.reject' | 'approvals.withdraw',
): Approvals['approve'] {
  return async (caller, approvalId, options = {}) => {
    const { server, params } = at(caller);
    return approvalOf(await server.call(name, { params: { ...params, approvalId }, body: { ...options } }));
  };
}

/** The verbs about requests for approval, carried out by a server. */
export const approvalsByServer: Approvals = {
  async list(caller, { status, limit = LISTED_DEFAULT } = {}) {
    const { server, params } = at(caller);
    const query = { limit: pageSize(limit), ...given({ status }) };
    return (await firstOf(server.all('approvals.list', { params, query }), limit)).map(approvalOf);
  },
  async get(caller, approvalId) {
    const { server, params } = at(caller);
    return approvalOf(await server.call('approvals.get', { params: { ...params, approvalId } }));
  },
  approve: decision('approvals.approve'),
  reject: decision('approvals.reject'),
  withdraw: decision('approvals.withdraw'),
};
