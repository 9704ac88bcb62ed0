-- Who may call, and what they may do. Owned by the room "access".
-- Arrays are varchar[], because that is what Hibernate compares a String[] with.

create table access_callers (
  id           text        primary key check (id ~ '^[a-z0-9-]{1,63}$'),
  display_name text        not null check (char_length(display_name) <= 200),
  team         text        not null check (team ~ '^[a-z0-9-]{1,63}$'),
  kind         text        not null check (kind in ('SERVICE', 'PERSON')),
  issuer       text        not null check (char_length(issuer) between 1 and 2048),
  subject      text        not null check (char_length(subject) between 1 and 255),
  roles        varchar[]   not null check (cardinality(roles) > 0
                             and roles <@ array['CALLER', 'PUBLISHER', 'ADMINISTRATOR']::varchar[]),
  standing     text        not null check (standing in ('ACTIVE', 'SUSPENDED')),
  revision     bigint      not null,
  creator      text        check (creator ~ '^[a-z0-9-]{1,63}$'),
  request_id   text        check (char_length(request_id) between 1 and 128),
  create_time  timestamptz not null,
  update_time  timestamptz not null,
  constraint access_callers_principal unique (issuer, subject),
  constraint access_callers_request unique (creator, request_id)
);

comment on table access_callers is 'Principals of the identity provider that may call the gateway';
comment on column access_callers.issuer is 'The iss claim of its tokens';
comment on column access_callers.subject is 'The sub claim of its tokens';
comment on column access_callers.roles is 'The most it may be; a token must name a role too';
comment on column access_callers.revision is 'Counts changes; the etag';
comment on column access_callers.creator is 'The caller that registered it; null: named in the configuration';
comment on column access_callers.request_id is 'Makes a repeated create of the same creator one create';

-- A grant names its model without a foreign key: models belong to another room, whose delete also
-- removes the grants in the same transaction.
create table access_grants (
  model       text        not null check (model ~ '^[a-z0-9-]{1,63}$'),
  id          text        not null check (id ~ '^[a-z0-9-]{1,63}$'),
  caller      text        references access_callers (id) on delete cascade,
  team        text        check (team ~ '^[a-z0-9-]{1,63}$'),
  actions     varchar[]   not null check (cardinality(actions) > 0
                            and actions <@ array['INFER', 'READ_METADATA']::varchar[]),
  expire_time timestamptz not null,
  creator     text        not null check (creator ~ '^[a-z0-9-]{1,63}$'),
  request_id  text        check (char_length(request_id) between 1 and 128),
  create_time timestamptz not null,
  primary key (model, id),
  constraint access_grants_request unique (creator, request_id),
  constraint access_grants_one_grantee check (num_nonnulls(caller, team) = 1),
  constraint access_grants_lifetime check (expire_time > create_time)
);

create index access_grants_caller on access_grants (caller) where caller is not null;

comment on table access_grants is 'Permissions of a caller or a team on one model, until an instant';
comment on column access_grants.caller is 'The grantee, if it is one caller; the grant goes with it';
comment on column access_grants.team is 'The grantee, if it is a team';
comment on column access_grants.creator is 'The caller that gave it; it may be registered no more';

-- Replicas poll this one row and load the rest only when it has moved. Triggers move it, so that
-- no change can be missed, whoever makes it.
create table access_revision (
  only_row boolean primary key default true check (only_row),
  revision bigint  not null
);

comment on table access_revision is 'Counts the changes of access_callers and access_grants';

insert into access_revision (revision) values (1);

create function access_changed() returns trigger language plpgsql as $$
begin
  update access_revision set revision = revision + 1;
  return null;
end
$$;

create trigger access_callers_changed
  after insert or update or delete or truncate on access_callers
  for each statement execute function access_changed();

create trigger access_grants_changed
  after insert or update or delete or truncate on access_grants
  for each statement execute function access_changed();
