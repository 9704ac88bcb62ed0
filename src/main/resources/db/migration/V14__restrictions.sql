-- What callers are held to for a while, because of what they did. Kept for good, also after the caller
-- is gone: whoever is registered under its name next is held to it too.

create table access_restrictions (
  id              text        primary key check (id ~ '^[a-z0-9-]{1,63}$'),
  caller          text        not null check (caller ~ '^[a-z0-9-]{1,63}$'),
  restraint       text        not null check (restraint in ('THROTTLED', 'DEGRADED', 'QUARANTINED')),
  reason          text        not null check (char_length(reason) between 1 and 1000),
  finding         text        check (finding ~ '^[a-z0-9-]{1,63}$'),
  creator         text        check (creator ~ '^[a-z0-9-]{1,63}$'),
  request_id      text        check (char_length(request_id) between 1 and 128),
  client_disabled boolean     not null,
  create_time     timestamptz not null,
  expire_time     timestamptz not null,
  release_time    timestamptz,
  releaser        text        check (releaser ~ '^[a-z0-9-]{1,63}$'),
  constraint access_restrictions_request unique (creator, request_id),
  constraint access_restrictions_lifetime check (expire_time > create_time),
  constraint access_restrictions_released_whole check (num_nonnulls(release_time, releaser) in (0, 2)),
  constraint access_restrictions_client check (restraint = 'QUARANTINED' or not client_disabled)
);

create index access_restrictions_newest on access_restrictions (create_time desc, id desc);
create index access_restrictions_caller on access_restrictions (caller, create_time desc, id desc);
create index access_restrictions_running on access_restrictions (expire_time)
  where release_time is null;

comment on table access_restrictions is 'What callers are held to until an instant';
comment on column access_restrictions.creator is 'The caller that made it; null: the policy';
comment on column access_restrictions.finding is 'What led to it, in the room abuse; null: nothing there';
comment on column access_restrictions.client_disabled is
  'Whether its client at the identity provider was to be disabled with it';
comment on column access_restrictions.release_time is 'Null: it ends by itself';

-- What a caller was held to, why and for how long stays as it was said; it is released once.
create function access_restriction_kept() returns trigger language plpgsql as $$
begin
  if old.release_time is not null
      or to_jsonb(new) - array['release_time', 'releaser']
        is distinct from to_jsonb(old) - array['release_time', 'releaser'] then
    raise exception 'a restriction is released once and otherwise never changed';
  end if;
  return new;
end
$$;

create trigger access_restrictions_kept
  before update on access_restrictions
  for each row execute function access_restriction_kept();

create trigger access_restrictions_changed
  after insert or update or delete or truncate on access_restrictions
  for each statement execute function access_changed();
