-- What rules found callers doing, and which alerts were taken for that. Owned by the room "abuse".

create table abuse_findings (
  id          text        primary key check (id ~ '^[0-9a-f-]{36}$'),
  rule        text        not null check (rule ~ '^[a-z0-9-]{1,63}$'),
  severity    text        not null check (severity in ('WARNING', 'CRITICAL')),
  source      text        not null check (source in ('GATEWAY', 'ALERTMANAGER')),
  caller      text        not null check (caller ~ '^[a-z0-9-]{1,63}$'),
  model       text        check (model ~ '^[a-z0-9-]{1,63}$'),
  evidence    text        not null check (char_length(evidence) <= 2000),
  repetitions integer     not null check (repetitions >= 0),
  response    text        not null check (response in
    ('NONE', 'SHADOW', 'RESTRICTED', 'UNCONFIRMED', 'LIMITED', 'SPARED', 'RELEASED')),
  restriction text        check (char_length(restriction) between 1 and 128),
  create_time timestamptz not null,
  last_time   timestamptz not null,
  open        boolean     not null default true,
  check (last_time >= create_time)
);

comment on table abuse_findings is 'What rules found callers doing, each for as long as it lasted';
comment on column abuse_findings.caller is 'Whom it is about; it may be registered no more';
comment on column abuse_findings.open is 'Whether it is still added to when it is found again';

-- There is one for each of these while it lasts.
create unique index abuse_findings_open
  on abuse_findings (caller, rule, source, coalesce(model, '')) where open;
create index abuse_findings_time on abuse_findings (create_time, id);
create index abuse_findings_caller_time on abuse_findings (caller, create_time, id);
create index abuse_findings_caller_last on abuse_findings (caller, last_time);
create index abuse_findings_unconfirmed on abuse_findings (last_time) where response = 'UNCONFIRMED';

create table abuse_alerts (
  fingerprint text        not null check (fingerprint ~ '^[0-9a-f]{1,64}$'),
  starts_at   timestamptz not null,
  arrive_time timestamptz not null,
  primary key (fingerprint, starts_at)
);

comment on table abuse_alerts is
  'Alerts that were taken, so that none counts twice; kept until they would be too old to count';

create index abuse_alerts_arrive on abuse_alerts (arrive_time);
