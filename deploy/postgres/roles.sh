#!/usr/bin/env bash
# The role that the gateway works as: it can add to the record and not change it. Run once, by PostgreSQL's image, when
# its volume is empty; the owner is POSTGRES_USER, and migrations give this role its rights.
set -euo pipefail

psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
  --set=password="$GATEHOUSE_ROLE_PASSWORD" <<'SQL'
CREATE ROLE gatehouse LOGIN PASSWORD :'password';
SQL
