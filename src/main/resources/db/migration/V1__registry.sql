-- The room "registry": models, their versions, and which versions run.

create sequence registry_revision;
comment on sequence registry_revision is
  'Numbers every change of a model and every attempt to deploy; a number is never used again.';

create table model (
  name text collate "C" primary key
    check (name ~ '^[a-z0-9-]{1,63}$'),
  display_name text not null
    check (char_length(display_name) <= 128),
  description text not null
    check (char_length(description) <= 4096),
  owner_team text collate "C" not null
    check (owner_team ~ '^[a-z0-9-]{1,63}$'),
  creator text collate "C" not null
    check (creator ~ '^[a-z0-9-]{1,63}$'),
  request_id text collate "C"
    check (request_id ~ '^[!-~]{1,128}$'),
  default_version text collate "C",
  revision bigint not null
    check (revision > 0),
  create_time timestamptz not null,
  update_time timestamptz not null,
  constraint model_request_unique unique (creator, request_id)
);
create index model_by_team on model (owner_team, name);
comment on table model is 'A model: what callers name.';
comment on column model.creator is 'Caller who created it; request ids are theirs.';
comment on column model.request_id is 'Makes creating idempotent; null if the creator sent none.';
comment on column model.default_version is 'Answers calls that name no version.';
comment on column model.revision is 'Of registry_revision; the etag is made of it.';

create table model_version (
  model text collate "C" not null
    references model (name) on delete cascade,
  version text collate "C" not null
    check (version ~ '^[a-z0-9-]{1,63}$'),
  digest bytea not null
    check (octet_length(digest) = 32),
  size_bytes bigint not null
    check (size_bytes > 0),
  uploader text collate "C" not null
    check (uploader ~ '^[a-z0-9-]{1,63}$'),
  create_time timestamptz not null,
  primary key (model, version)
);
create index model_version_by_digest on model_version (digest);
comment on table model_version is 'A version of a model. Rows never change.';
comment on column model_version.digest is 'SHA-256 of the artifact, its name in the artifact store.';
comment on column model_version.size_bytes is 'Size of the artifact.';
comment on column model_version.uploader is 'Caller who added it.';

alter table model add constraint model_default_version_exists
  foreign key (name, default_version) references model_version (model, version);

create table model_version_tensor (
  model text collate "C" not null,
  version text collate "C" not null,
  position integer not null
    check (position between 0 and 127),
  direction text not null
    check (direction in ('INPUT', 'OUTPUT')),
  name text collate "C" not null
    check (name ~ '^[!-~]{1,128}$'),
  datatype text not null
    check (datatype in ('BOOL', 'UINT8', 'INT8', 'INT32', 'INT64', 'FP16', 'FP32', 'FP64')),
  shape bigint[] not null
    check (cardinality(shape) between 1 and 8 and shape[1] = -1),
  primary key (model, version, position),
  constraint model_version_tensor_name_unique unique (model, version, direction, name),
  foreign key (model, version) references model_version (model, version) on delete cascade
);
comment on table model_version_tensor is 'The signature of a version. Rows never change.';
comment on column model_version_tensor.position is 'Order in the signature: inputs, then outputs.';
comment on column model_version_tensor.shape is
  'Outermost dimension first; -1 is variable, and the first is the batch dimension.';

create function registry_refuse_update() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % never change', tg_table_name;
end
$$;
create trigger model_version_never_changes
  before update on model_version for each row execute function registry_refuse_update();
create trigger model_version_tensor_never_changes
  before update on model_version_tensor for each row execute function registry_refuse_update();

create table deployment (
  model text collate "C" not null,
  version text collate "C" not null,
  deployed boolean not null,
  state text not null
    check (state in ('UNDEPLOYED', 'DEPLOYING', 'READY', 'FAILED')),
  failure text not null
    check (char_length(failure) <= 1024),
  attempt bigint not null
    check (attempt > 0),
  state_time timestamptz not null,
  batch_rows_max integer not null
    check (batch_rows_max between 1 and 65536),
  queue_delay_micros_max bigint not null
    check (queue_delay_micros_max between 0 and 10000000),
  instances_per_device integer not null
    check (instances_per_device between 1 and 64),
  execution_micros_limit bigint not null
    check (execution_micros_limit between 1000 and 3600000000),
  queue_rows_max integer not null
    check (queue_rows_max between batch_rows_max and 1048576),
  queue_bytes_max bigint not null
    check (queue_bytes_max between 1 and 68719476736),
  primary key (model, version),
  foreign key (model, version) references model_version (model, version) on delete cascade,
  constraint deployment_undeployed_unless_meant
    check (deployed = (state <> 'UNDEPLOYED')),
  constraint deployment_failure_only_if_failed
    check (state = 'FAILED' or failure = '')
);
create index deployment_meant on deployment (model, version) where deployed;
comment on table deployment is 'How a version runs; no row if it was never deployed.';
comment on column deployment.deployed is 'Whether it is meant to run: what a restart brings back.';
comment on column deployment.state is 'Whether it runs, as last observed.';
comment on column deployment.failure is 'Why it failed, for people.';
comment on column deployment.attempt is
  'Of registry_revision; which attempt to run it the state tells of.';
