-- Who runs what: the replicas of the gateway, and whose an attempt to deploy is. Owned by the room
-- "registry". Heartbeats are no change that anybody is told of.

create table registry_replica (
  id             text        collate "C" primary key check (id ~ '^[a-z0-9-]{1,63}$'),
  name           text        not null check (char_length(name) between 1 and 63),
  start_time     timestamptz not null,
  heartbeat_time timestamptz not null,
  held           text[]      not null
);
comment on table registry_replica is 'The processes of the gateway; those of the last hour.';
comment on column registry_replica.id is 'Another one with every start.';
comment on column registry_replica.name is 'For people.';
comment on column registry_replica.heartbeat_time is 'By the clock of the database.';
comment on column registry_replica.held is
  'What it runs or is about to load, as model/version/attempt.';

alter table deployment
  add column owner text collate "C",
  add column lost boolean not null default false,
  add column revision bigint not null default nextval('registry_revision'),
  add constraint deployment_lost_only_if_failed check (state = 'FAILED' or not lost);
comment on column deployment.owner is
  'The replica that this attempt belongs to, which may be gone; null: nobody any more.';
comment on column deployment.lost is
  'It ran, and no replica could go on running it; a replica that starts tries again.';
comment on column deployment.revision is 'Of registry_revision; another one after every change.';

alter table model_version
  add column revision bigint not null default nextval('registry_revision');
comment on column model_version.revision is 'Of registry_revision; when it was added.';

create function registry_deployment_revised() returns trigger language plpgsql as $$
begin
  new.revision := nextval('registry_revision');
  return new;
end
$$;
create trigger deployment_revised
  before insert or update on deployment
  for each row execute function registry_deployment_revised();
