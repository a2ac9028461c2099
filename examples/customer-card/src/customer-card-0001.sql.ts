/**
 * As an ERP has them: what one customer has bought, and what he owes. What compares him with all others reads everything. `if not
 * exists`, and apart, because millions of rows are better written before their indexes.
 */
export const LEDGER_INDEXES = [
  'create index if not exists customer_ledger_entry_customer on co_1.customer_ledger_entry (customer_no, posting_date)',
  'create index if not exists customer_ledger_entry_open on co_1.customer_ledger_entry (customer_no, due_date) where remaining_amount <> 0',
] as const;

/** Migration 0001: the customers, their ledger, and the day that counts as today. */
export const CUSTOMER_CARD_0001 = `
-- One row. The work date is the last day of the ledger, so that statistics do not fade while the example lies around.
create table ledger_setup (
  id        boolean primary key default true check (id),
  work_date date    not null,
  entries   bigint  not null
);

create table customer (
  no                 text          collate "C" primary key check (char_length(no) between 1 and 20),
  name               text          not null,
  address            text          not null,
  post_code          text          not null,
  city               text          not null,
  contact            text          not null,
  phone              text          not null,
  payment_terms_days integer       not null check (payment_terms_days >= 0),
  credit_limit       numeric(19,2) not null,
  note               text          not null default '' check (char_length(note) <= 2000)
);

create table customer_ledger_entry (
  entry_no         bigint        generated always as identity primary key,
  -- No foreign key: to check two million rows one by one takes longer than to write them.
  customer_no      text          collate "C" not null,
  document_type    text          not null
                   check (document_type in ('Invoice', 'Credit Memo', 'Payment', 'Reminder')),
  document_no      text          not null,
  posting_date     date          not null,
  due_date         date          not null,
  amount           numeric(19,2) not null,
  -- What of it is still to be paid; zero once it is closed.
  remaining_amount numeric(19,2) not null,
  closed_on        date
);
`;
