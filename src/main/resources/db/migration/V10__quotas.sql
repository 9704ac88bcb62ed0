-- What is left of the quotas of grants, over all replicas. Owned by the room "access", and written by
-- its library of token buckets.

create table access_quota_buckets (
  id         text   collate "C" primary key,
  state      bytea,
  expires_at bigint not null
    default ((extract(epoch from clock_timestamp()) * 1000)::bigint + 86400000)
) with (fillfactor = 50);

comment on table access_quota_buckets is
  'Tokens left of each quota; a row that is not there stands for a full bucket';
comment on column access_quota_buckets.id is
  'model/grant/kind:capacity:refill, so that another grant of the same name has a bucket of its own';
comment on column access_quota_buckets.state is 'As the library writes it; null: still full';
comment on column access_quota_buckets.expires_at is
  'Milliseconds since 1970 after which the bucket is full again and may go';

-- A grant takes its buckets with it, whoever deletes it. "0" follows "/" in the order of "C".
create function access_forget_quotas() returns trigger language plpgsql as $$
begin
  delete from access_quota_buckets
    where id > old.model || '/' || old.id || '/'
      and id < old.model || '/' || old.id || '0';
  return null;
end
$$;

create trigger access_grants_quotas_forgotten
  after delete on access_grants
  for each row execute function access_forget_quotas();
