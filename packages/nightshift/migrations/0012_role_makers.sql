-- Who changes memberships where the platform's login is no superuser.

-- A login that is no superuser administers each role that it makes, and whenever it changes a membership PostgreSQL walks through
-- all of them. So the roles of users are made by others, the makers, each of which makes few. A maker cannot log in; what it is to
-- do it does in a function of its own, which has its name and which only the platform's login may call. Functions are made and
-- dropped with their makers; where the login is a superuser there are none.
create schema nightshift_roles;

-- As before, by makers where there are any: whoever administers the role, and whoever granted what is to be taken away.
create or replace function nightshift.join_slot(p_epoch uuid, p_number integer, p_login text, p_role text, p_user integer,
  p_company integer, p_lent integer, p_waits boolean) returns text
language plpgsql as $$
declare
  v_role oid;
  v_membership record;
  v_fits boolean := false;
  v_maker constant text := '^ns_[0-9a-f]{6}_m[0-9]*_c[0-9]+$';
  v_by text;
  v_command text;
begin
  -- Whoever believes in the membership has a connection to this server. When the server crashes and forgets the change, it
  -- ends that connection too, and with it the belief.
  perform set_config('synchronous_commit', 'off', true), set_config('lock_timeout', '4s', true);
  if p_waits then
    perform from nightshift.environment for update;
  else
    perform from nightshift.environment for update skip locked;
    if not found then
      return 'busy';
    end if;
  end if;
  v_role := to_regrole(p_role);
  if v_role is null then
    return (select 'no role' from nightshift.slot where number = p_number and epoch = p_epoch);
  end if;
  update nightshift.slot set user_no = p_user, company_no = p_company, lent_no = p_lent
  where number = p_number and epoch = p_epoch
  returning (select pg_get_userbyid(a.member) from pg_auth_members a where a.roleid = v_role and a.admin_option
    order by a.member desc limit 1) into v_by;
  if not found then
    return null;
  end if;
  for v_membership in
    select roleid, grantor, set_option and not inherit_option and not admin_option as is_ours
    from pg_auth_members where member = to_regrole(p_login) order by roleid, grantor
  loop
    if v_membership.roleid = v_role and v_membership.is_ours and not v_fits then
      v_fits := true;
    else
      v_command := format('revoke %I from %I granted by %I cascade', pg_get_userbyid(v_membership.roleid), p_login,
        pg_get_userbyid(v_membership.grantor));
      if pg_get_userbyid(v_membership.grantor) ~ v_maker then
        execute format('select nightshift_roles.%I($1)', pg_get_userbyid(v_membership.grantor)) using v_command;
      else
        execute v_command;
      end if;
    end if;
  end loop;
  if not v_fits then
    v_command := format('grant %I to %I with inherit false, set true', p_role, p_login);
    if v_by ~ v_maker then
      execute format('select nightshift_roles.%I($1)', v_by) using v_command;
    else
      execute v_command;
    end if;
  end if;
  return case when exists (select from pg_extension where extname not in ('plpgsql', 'amcheck', 'bloom', 'btree_gin',
    'btree_gist', 'citext', 'cube', 'dict_int', 'earthdistance', 'file_fdw', 'fuzzystrmatch', 'hstore', 'intarray', 'isn',
    'lo', 'ltree', 'pageinspect', 'pg_buffercache', 'pg_freespacemap', 'pg_prewarm', 'pg_stat_statements', 'pg_trgm',
    'pg_visibility', 'pgcrypto', 'pgrowlocks', 'pgstattuple', 'postgis', 'postgres_fdw', 'seg', 'tablefunc', 'unaccent',
    'uuid-ossp', 'vector')) then 'reconnect' else 'joined' end;
end
$$;
