-- Access reviews: what was granted at one moment, and what somebody decided about it. Kept for good.

create table access_reviews (
  id              text        primary key check (id ~ '^[a-z0-9-]{1,63}$'),
  display_name    text        not null check (char_length(display_name) <= 200),
  model           text        check (model ~ '^[a-z0-9-]{1,63}$'),
  unused_days     integer     not null check (unused_days between 1 and 3660),
  expiring_days   integer     not null check (expiring_days between 1 and 3660),
  line_count      integer     not null check (line_count >= 0),
  open_line_count integer     not null check (open_line_count between 0 and line_count),
  creator         text        not null check (creator ~ '^[a-z0-9-]{1,63}$'),
  request_id      text        check (char_length(request_id) between 1 and 128),
  create_time     timestamptz not null,
  close_time      timestamptz,
  constraint access_reviews_request unique (creator, request_id)
);

create index access_reviews_newest on access_reviews (create_time desc, id desc);

comment on column access_reviews.model is 'Null: all models';
comment on column access_reviews.close_time is 'Null: lines can still be decided';

create table access_review_lines (
  review         text        not null references access_reviews (id),
  line           integer     not null check (line >= 1),
  grant_copy     text        not null,
  last_use_time  timestamptz,
  unused         boolean     not null,
  expiring       boolean     not null,
  unused_actions varchar[]   not null,
  decision       text        check (decision in ('CERTIFIED', 'REVOKED')),
  decider        text        check (decider ~ '^[a-z0-9-]{1,63}$'),
  decide_time    timestamptz,
  comment        text        not null default '' check (char_length(comment) <= 1000),
  primary key (review, line),
  constraint access_review_lines_decided_whole
    check (num_nonnulls(decision, decider, decide_time) in (0, 3))
);

comment on column access_review_lines.grant_copy is
  'The row of access_grants as it was, as a JSON object by column';
comment on column access_review_lines.unused_actions is
  'What it allows and nobody has used for the days of the review';

-- A decision is taken once, and what was reviewed does not change.
create function access_review_line_kept() returns trigger language plpgsql as $$
begin
  if old.decision is not null or (new.review, new.line, new.grant_copy, new.last_use_time,
      new.unused, new.expiring, new.unused_actions) is distinct from (old.review, old.line,
      old.grant_copy, old.last_use_time, old.unused, old.expiring, old.unused_actions) then
    raise exception 'a line of an access review is decided once and otherwise never changed';
  end if;
  return new;
end
$$;

create trigger access_review_lines_kept
  before update on access_review_lines
  for each row execute function access_review_line_kept();
