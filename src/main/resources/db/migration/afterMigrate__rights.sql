-- What the role of the application may do, said again after every migration: read and write rows, and
-- of the record only read and add. It owns nothing and makes nothing. Where it is the owner (which the
-- gateway refuses, unless told otherwise) this protects nothing.

do $$
declare
  application text := '${application-role}';
  part record;
begin
  -- Replicas that start at once would otherwise meet at the same rows of the catalogue.
  perform pg_advisory_xact_lock(4708917224719304);
  execute format('grant usage on schema %I to %I', current_schema(), application);
  execute format(
    'grant select, insert, update, delete on all tables in schema %I to %I',
    current_schema(), application);
  execute format(
    'grant usage, select on all sequences in schema %I to %I', current_schema(), application);
  if application <> current_user then
    for part in
      select c.relname from pg_class c
        where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
          and (c.relname like 'audit\_control\_%' or c.relname = '${flyway:table}')
    loop
      execute format(
        'revoke update, delete, truncate, references, trigger on %I.%I from %I',
        current_schema(), part.relname, application);
    end loop;
    execute format(
      'revoke insert on %I.%I from %I', current_schema(), '${flyway:table}', application);
  end if;
end
$$;
