-- What keeps the main thread of an instance from running, written by its heartbeat thread while it lasts. Not indexed:
-- every beat writes them, and such an update stays on its page.
alter table nightshift.server_instance
  add column blocked_since timestamptz,
  -- {codeunit, sessionId, company, user, file, line, function}; what is not known is null.
  add column blocked_by jsonb;
