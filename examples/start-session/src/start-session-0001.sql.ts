/** Migration 0001: the customers, and the log in which sessions write what they did. */
export const START_SESSION_0001 = `
create table customer (
  no      text primary key check (char_length(no) between 1 and 20),
  name    text not null,
  address text not null default ''
);
insert into customer (no, name) values
  ('10000', 'Adatum Corporation'), ('20000', 'Trey Research'), ('30000', 'School of Fine Art');

create table session_log (
  id                uuid        primary key default gen_random_uuid(),
  -- Session ids are reused over time; the unique id is not.
  session_id        integer     not null,
  session_unique_id uuid        not null,
  result            text        not null check (char_length(result) <= 100),
  start_time        timestamptz not null default clock_timestamp(),
  stop_time         timestamptz,
  elapsed_ms        integer     generated always as (extract(epoch from stop_time - start_time) * 1000) stored
);
create index session_log_session on session_log (session_unique_id);
`;
