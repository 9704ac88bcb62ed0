-- Callers without tokens, roles of auditors and responders; grants that deny, with conditions, quotas
-- and output policies.

alter table access_callers
  alter column issuer drop not null,
  alter column subject drop not null,
  add column client_id text
    check (char_length(client_id) between 1 and 255),
  add column certificate_bound_required boolean not null default false,
  add column automation_allowed boolean not null default false,
  add constraint access_callers_client unique (client_id),
  add constraint access_callers_principal_whole check ((issuer is null) = (subject is null)),
  drop constraint access_callers_kind_check,
  add constraint access_callers_kind_check
    check (kind in ('SERVICE', 'PERSON', 'PARTNER')),
  drop constraint access_callers_roles_check,
  add constraint access_callers_roles_check
    check (cardinality(roles) > 0 and roles <@ array[
      'CALLER', 'PUBLISHER', 'AUDITOR', 'RESPONDER', 'ADMINISTRATOR']::varchar[]),
  add constraint access_callers_people_have_tokens
    check (kind <> 'PERSON' or (subject is not null and not automation_allowed));

comment on column access_callers.issuer is 'The iss claim of its tokens; null: it has none';
comment on column access_callers.subject is 'The sub claim of its tokens; null: it has none';
comment on column access_callers.client_id is
  'The client at the identity provider that the gateway made for it; null: none';
comment on column access_callers.certificate_bound_required is
  'Only tokens bound to the certificate of the connection are accepted';
comment on column access_callers.automation_allowed is
  'May do without a person what people need a step-up for';

alter table access_grants
  drop constraint access_grants_actions_check,
  add constraint access_grants_actions_check
    check (cardinality(actions) > 0 and actions <@ array[
      'INFER', 'READ_METADATA', 'DEPLOY', 'UPLOAD', 'EXPORT', 'ADMINISTER_GRANTS']::varchar[]),
  add column effect text not null default 'ALLOW'
    check (effect in ('ALLOW', 'DENY')),
  add column source_networks varchar[] not null default '{}'
    check (cardinality(source_networks) <= 16),
  add column minimum_strength text not null default 'API_KEY'
    check (minimum_strength in ('API_KEY', 'TOKEN', 'STRONG')),
  add column calls_per_second integer not null default 0
    check (calls_per_second between 0 and 1000000),
  add column calls_burst integer not null default 0
    check (calls_burst between 0 and 10000000),
  add column rows_per_second bigint not null default 0
    check (rows_per_second between 0 and 1000000000),
  add column rows_per_day bigint not null default 0
    check (rows_per_day between 0 and 1000000000000),
  add column concurrent_calls integer not null default 0
    check (concurrent_calls between 0 and 1000000),
  add column output_policies varchar[] not null default '{}'
    check (cardinality(output_policies) <= 16),
  add constraint access_grants_denial_has_no_terms
    check (effect = 'ALLOW' or (weight = 100 and priority = 'INTERACTIVE'
      and minimum_strength = 'API_KEY' and calls_per_second = 0 and calls_burst = 0
      and rows_per_second = 0 and rows_per_day = 0 and concurrent_calls = 0
      and cardinality(output_policies) = 0));

comment on column access_grants.effect is 'DENY wins over every ALLOW';
comment on column access_grants.source_networks is 'CIDR; empty: applies to calls from anywhere';
comment on column access_grants.calls_per_second is '0: no bound; so with the other quotas';
comment on column access_grants.concurrent_calls is 'On each replica';
comment on column access_grants.output_policies is
  'Each as detail:topK:decimals:scores:output; empty: everything is given';
