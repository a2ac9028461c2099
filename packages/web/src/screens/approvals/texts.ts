/** What requests for approval say. */
export const TEXTS = {
  list: 'Approvals',
  noun: 'request',
  nouns: 'requests',
  name: (entryNo: number) => `the request for entry ${entryNo}`,
  empty: 'Nobody waits for an approval',
  emptyText:
    'Whoever may not start unattended work, such as a delegated administrator, asks for it on the card of the entry.',
  columns: {
    status: 'Status',
    entryNo: 'Entry',
    description: 'Description',
    object: 'Object',
    requestedBy: 'Asked by',
    requestedAt: 'Asked',
    comment: 'Comment',
    askedUser: 'Asked of',
    decidedBy: 'Decided by',
    decidedAt: 'Decided',
    decisionComment: 'Why',
    entryStatus: 'Entry is',
    parameterString: 'Parameter string',
  },
  views: { all: 'All', open: 'Open', approved: 'Approved', rejected: 'Rejected' },
  actions: { approve: 'Approve', reject: 'Reject', withdraw: 'Withdraw' },
  done: {
    approve: (name: string) => `Approved: ${name}. The entry is Ready and runs as you.`,
    reject: (name: string) => `Rejected: ${name}`,
    withdraw: (name: string) => `Withdrawn: ${name}`,
  },
  ask: {
    approve: (count: number, name: string) =>
      count === 1 ? `Approve ${name}?` : `Approve ${count} requests?`,
    approveText: 'The entry is set Ready and runs as you, with your rights.',
    reject: (count: number, name: string) => (count === 1 ? `Reject ${name}?` : `Reject ${count} requests?`),
    rejectText: 'The entry stays as it is. Whoever asked sees why.',
    withdraw: (count: number, name: string) =>
      count === 1 ? `Withdraw ${name}?` : `Withdraw ${count} requests?`,
    comment: 'Comment',
    reason: 'Why',
  },
} as const;
