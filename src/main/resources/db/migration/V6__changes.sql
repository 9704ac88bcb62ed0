-- What moves when something changes, for every replica to see. Owned by the room "changes".

create table changes (
  topic   text   collate "C" primary key check (topic ~ '^[a-z-]{1,63}$'),
  counter bigint not null check (counter >= 0)
);
comment on table changes is 'Counts the changes of each topic; triggers move it.';
comment on column changes.counter is
  'Moved in the transaction of the change, and locked until it ends: who sees it sees the change.';

insert into changes (topic, counter) values ('access', 0), ('registry', 0);

create function changes_bump(moved_topic text) returns void language plpgsql as $$
declare
  moved bigint;
begin
  update changes set counter = counter + 1 where topic = moved_topic returning counter into moved;
  if moved is null then
    raise exception 'there is no topic %', moved_topic;
  end if;
  perform pg_notify('gatehouse_changes', moved_topic || ' ' || moved);
end
$$;
comment on function changes_bump(text) is
  'Tells every replica that something of this topic changed, once the transaction commits.';

-- The triggers of V2 and of later tables of access call it.
create or replace function access_changed() returns trigger language plpgsql as $$
begin
  update access_revision set revision = revision + 1;
  perform changes_bump('access');
  return null;
end
$$;

create function registry_changed() returns trigger language plpgsql as $$
begin
  perform changes_bump('registry');
  return null;
end
$$;

create trigger model_changed
  after insert or update or delete or truncate on model
  for each statement execute function registry_changed();

create trigger model_version_changed
  after insert or update or delete or truncate on model_version
  for each statement execute function registry_changed();

create trigger deployment_changed
  after insert or update or delete or truncate on deployment
  for each statement execute function registry_changed();
