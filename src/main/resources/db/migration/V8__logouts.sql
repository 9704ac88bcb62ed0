-- Logins that the identity provider has ended: tokens that come from them count no more.

create table access_logouts (
  kind        text        not null check (kind in ('SESSION', 'SUBJECT')),
  value       text        not null check (char_length(value) between 1 and 255),
  not_before  timestamptz not null,
  expire_time timestamptz not null,
  primary key (kind, value)
);

create index access_logouts_expiry on access_logouts (expire_time);

comment on table access_logouts is 'Logins that the identity provider has ended';
comment on column access_logouts.value is 'The sid of the login, or the sub whose logins all ended';
comment on column access_logouts.not_before is 'Tokens of the subject issued until then count no more';
comment on column access_logouts.expire_time is 'From then on no token can be left that it matters to';

create trigger access_logouts_changed
  after insert or update or delete or truncate on access_logouts
  for each statement execute function access_changed();
