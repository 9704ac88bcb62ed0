-- The control log: what was changed by whom, in order, with the Merkle tree over it. Owned by the room
-- "audit". Rows are only ever added; what becomes of the rights of the application's role is said in
-- afterMigrate__rights.sql.

create table audit_control_entry (
  sequence bigint      primary key check (sequence >= 0),
  entry    bytea       not null check (octet_length(entry) between 18 and 16384),
  time     timestamptz not null,
  kind     smallint    not null check (kind between 1 and 255),
  caller   text        collate "C" check (char_length(caller) <= 1024),
  team     text        collate "C" check (char_length(team) <= 1024),
  action   text        collate "C" check (char_length(action) <= 1024),
  resource text        collate "C" check (char_length(resource) <= 1024),
  model    text        collate "C" check (model ~ '^[a-z0-9-]{1,63}$'),
  outcome  text        collate "C" check (char_length(outcome) <= 1024),
  journal  text        collate "C" check (journal ~ '^[0-9a-f]{32}$'),
  segment  bigint      check (segment >= 0)
);

comment on table audit_control_entry is 'The control log, from sequence 0 without gaps; never changed';
comment on column audit_control_entry.entry is 'Its canonical bytes: what counts';
comment on column audit_control_entry.kind is
  'This and the columns that follow repeat what is in entry, to find it by';
comment on column audit_control_entry.model is 'The model whose resource it is, if it is that of one';

create index audit_control_entry_caller on audit_control_entry (caller, sequence)
  where caller is not null;
create index audit_control_entry_model on audit_control_entry (model, sequence)
  where model is not null;
create index audit_control_entry_action on audit_control_entry (action, sequence)
  where action is not null;
create index audit_control_entry_time on audit_control_entry (time);

create index audit_control_entry_keys on audit_control_entry (sequence) where kind = 21;

-- A journal is opened once (18) and closed once (20), and each segment anchored once (19).
create unique index audit_control_entry_opened on audit_control_entry (journal) where kind = 18;
create unique index audit_control_entry_anchored on audit_control_entry (journal, segment)
  where kind = 19;
create unique index audit_control_entry_closed on audit_control_entry (journal) where kind = 20;

create table audit_control_node (
  level smallint not null check (level between 0 and 62),
  index bigint   not null check (index >= 0),
  hash  bytea    not null check (octet_length(hash) = 32),
  primary key (level, index)
);

comment on table audit_control_node is
  'The roots of the complete subtrees of the tree over the control log (RFC 6962); never changed';
comment on column audit_control_node.level is 'It has 2^level leaves; those of level 0 are the leaves';
comment on column audit_control_node.index is 'Its place among the subtrees of its level, from 0';

-- For everybody, the owner included, who would have to disable the triggers: what checkpoints show.
create function audit_control_kept() returns trigger language plpgsql as $$
begin
  raise exception 'the control log is never changed' using errcode = 'insufficient_privilege';
end
$$;

create trigger audit_control_entry_kept
  before update or delete or truncate on audit_control_entry
  for each statement execute function audit_control_kept();

create trigger audit_control_node_kept
  before update or delete or truncate on audit_control_node
  for each statement execute function audit_control_kept();

-- Also where a replication role would leave ordinary triggers out.
alter table audit_control_entry enable always trigger audit_control_entry_kept;
alter table audit_control_node enable always trigger audit_control_node_kept;
