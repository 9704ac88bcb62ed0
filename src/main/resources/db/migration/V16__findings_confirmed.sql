-- When a gateway last saw a finding in its own traffic: what Alertmanager repeats is no sign by itself.
-- Replicas of before write no such time: until they are gone, what they confirm supports nothing elsewhere.

alter table abuse_findings add column confirm_time timestamptz;

update abuse_findings set confirm_time = last_time where response <> 'UNCONFIRMED';

comment on column abuse_findings.confirm_time is
  'When a gateway last saw it in its own traffic; null if none did';

drop index abuse_findings_caller_last;
create index abuse_findings_caller_confirm on abuse_findings (caller, confirm_time);
