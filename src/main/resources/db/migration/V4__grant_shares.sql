-- How a grantee's calls share the queue of the model with those of other callers.

alter table access_grants
  add column weight integer not null default 100
    check (weight between 1 and 1000),
  add column priority text not null default 'INTERACTIVE'
    check (priority in ('INTERACTIVE', 'BULK'));

comment on column access_grants.weight is
  'Share of a saturated queue, relative to that of other callers; each caller of a team has its own';
comment on column access_grants.priority is 'BULK fills what INTERACTIVE leaves';
