import type { ApprovalRequest } from '../job-queue/index.ts';
import type { Caller } from '../session/index.ts';
import { findApproval } from './approval-lookup.ts';
import { findEntry } from './entry-lookup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { approvals, jobQueue } from './verbs.ts';
import { withCaller } from './with-caller.ts';
import { namedApplication } from './with-platform.ts';

interface CommentOption {
  readonly comment?: string;
}

/** Asks for an entry to be set Ready. */
export async function requestCommand(
  invocation: Invocation,
  entry: string,
  options: CommentOption,
): Promise<ExitCode> {
  await withCaller(invocation, {}, async (caller) => {
    const { id } = await findEntry(caller, entry);
    const request = await jobQueue.requestApproval(caller, id, options);
    invocation.answer(
      request,
      () => `Approval is asked for, to let entry ${request.entryNo} (${request.object}) run.\n${request.id}`,
    );
  });
  return EXIT.ok;
}

/** Approves a request: with the application at hand, it is also rehearsed what its object needs. */
export async function approveCommand(
  invocation: Invocation,
  id: string,
  options: CommentOption,
): Promise<ExitCode> {
  const act = (caller: Caller, request: ApprovalRequest) => approvals.approve(caller, request.id, options);
  return decide(invocation, id, act, ({ entryNo, object, askedUser }, { user }) => {
    const runAs = askedUser ?? user;
    return `Approved: entry ${entryNo} (${object}) is Ready and runs as ${runAs}.`;
  });
}

/** Rejects a request. */
export async function rejectCommand(
  invocation: Invocation,
  id: string,
  options: CommentOption,
): Promise<ExitCode> {
  const act = (caller: Caller, request: ApprovalRequest) => approvals.reject(caller, request.id, options);
  return decide(invocation, id, act, ({ entryNo, object, entryStatus }) => {
    return `Rejected: entry ${entryNo} (${object}) stays ${entryStatus}.`;
  });
}

/** Takes a request back. */
export async function withdrawCommand(
  invocation: Invocation,
  id: string,
  options: CommentOption,
): Promise<ExitCode> {
  const act = (caller: Caller, request: ApprovalRequest) => approvals.withdraw(caller, request.id, options);
  return decide(invocation, id, act, ({ entryNo, object, entryStatus }) => {
    return `Withdrawn: entry ${entryNo} (${object}) stays ${entryStatus}.`;
  });
}

async function decide(
  invocation: Invocation,
  id: string,
  act: (caller: Caller, request: ApprovalRequest) => Promise<ApprovalRequest>,
  sentence: (decided: ApprovalRequest, caller: Caller) => string,
): Promise<ExitCode> {
  await withCaller(invocation, await namedApplication(invocation), async (caller) => {
    const decided = await act(caller, await findApproval(caller, id));
    invocation.answer(decided, () => sentence(decided, caller));
  });
  return EXIT.ok;
}
