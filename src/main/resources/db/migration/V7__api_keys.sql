-- API keys, and when keys and grants were last used.

create table access_api_keys (
  id           text        primary key check (id ~ '^[a-z0-9-]{1,63}$'),
  caller       text        not null references access_callers (id) on delete cascade,
  tag          bytea       not null check (octet_length(tag) = 37),
  display_name text        not null check (char_length(display_name) <= 200),
  creator      text        not null check (creator ~ '^[a-z0-9-]{1,63}$'),
  request_id   text        check (char_length(request_id) between 1 and 128),
  create_time  timestamptz not null,
  expire_time  timestamptz not null,
  revoke_time  timestamptz,
  constraint access_api_keys_request unique (creator, request_id),
  constraint access_api_keys_lifetime check (expire_time >= create_time)
);

create index access_api_keys_caller on access_api_keys (caller);

comment on table access_api_keys is 'Credentials of callers that have no tokens; the keys themselves are nowhere';
comment on column access_api_keys.tag is
  'HMAC-SHA256 of id and secret, after five bytes that name the key of the keys file it was made with';
comment on column access_api_keys.creator is 'The caller that made it; it may be registered no more';

create trigger access_api_keys_changed
  after insert or update or delete or truncate on access_api_keys
  for each statement execute function access_changed();

comment on table access_revision is 'Counts the changes of everything that snapshots are made of';

-- When keys and grants were last used: written in batches, and no part of the snapshots.

create table access_api_key_uses (
  api_key       text        primary key references access_api_keys (id) on delete cascade,
  last_use_time timestamptz not null
);

create table access_grant_uses (
  model         text        not null,
  grant_id      text        not null,
  action        text        not null,
  last_use_time timestamptz not null,
  primary key (model, grant_id, action),
  foreign key (model, grant_id) references access_grants (model, id) on delete cascade
);

-- Replicas with different keys files would refuse each other's API keys. The first to start leaves a
-- tag here that every other must be able to verify.
create table access_keyset (
  only_row    boolean     primary key default true check (only_row),
  tag         bytea       not null,
  change_time timestamptz not null
);

comment on table access_keyset is
  'Shows whether a replica has the keys file of the others; without the row, the next to start decides';
