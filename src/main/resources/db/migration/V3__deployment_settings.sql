-- How a deployment batches, queues and guards its outputs, and its canary.
-- Arrays of text are varchar[], because that is what Hibernate compares a String[] with.

alter table deployment
  add column batch_rows_preferred integer[] not null default '{}'
    check (cardinality(batch_rows_preferred) <= 16),
  add column batch_rows_allowed integer[] not null default '{}'
    check (cardinality(batch_rows_allowed) <= 32),
  add column oversized_calls text not null default 'SPLIT'
    check (oversized_calls in ('SPLIT', 'REFUSE')),
  add column latency_objective_micros bigint not null default 0
    check (latency_objective_micros between 0 and 3600000000),
  add column queue_calls_max integer
    check (queue_calls_max between 1 and 1048576),
  add column caller_queue_percent_max integer not null default 50
    check (caller_queue_percent_max between 1 and 100),
  add column non_finite_outputs text not null default 'PASS'
    check (non_finite_outputs in ('PASS', 'REFUSE')),
  add column canary_percent integer not null default 0
    check (canary_percent between 0 and 100),
  add column canary_callers varchar[] not null default '{}'
    check (cardinality(canary_callers) <= 64),
  add column rollout text not null default 'BESIDE'
    check (rollout in ('BESIDE', 'REPLACE_DEFAULT')),
  add constraint deployment_replaces_only_while_deploying
    check (rollout = 'BESIDE' or state = 'DEPLOYING');

update deployment set queue_calls_max = queue_rows_max;
alter table deployment alter column queue_calls_max set not null;

comment on column deployment.batch_rows_preferred is
  'Sizes at which a batch is cut where more rows wait; ascending.';
comment on column deployment.batch_rows_allowed is
  'Sizes batches are padded to, the last batch_rows_max; empty: any size.';
comment on column deployment.oversized_calls is
  'What becomes of a call of more rows than batch_rows_max.';
comment on column deployment.latency_objective_micros is '0: none.';
comment on column deployment.caller_queue_percent_max is 'How much of the queue one caller may hold.';
comment on column deployment.non_finite_outputs is 'What becomes of outputs with NaN or infinity.';
comment on column deployment.canary_percent is
  'The share of the calls that name no version, while another version is the default.';
comment on column deployment.canary_callers is
  'Callers whose calls that name no version all go here, while another version is the default.';
comment on column deployment.rollout is 'What happens to the default version once this one is ready.';
