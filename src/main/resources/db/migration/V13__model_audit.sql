-- How the uses of a model are recorded.

alter table model
  add column audit_best_effort boolean not null default false,
  add column input_digests boolean not null default false;
comment on column model.audit_best_effort is
  'Whether a use that cannot be recorded runs without an entry.';
comment on column model.input_digests is
  'Whether entries of its uses have a keyed digest of the inputs.';
