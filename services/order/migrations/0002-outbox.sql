-- Facts that leave the service, written in the transaction that makes them true. A relay deletes a
-- row once every subscriber has it, so the table is short and is vacuumed by row count.
create table outbox (
  seq bigint generated always as identity primary key,
  event_id uuid not null,
  tenant_id text not null,
  subject text not null,
  payload jsonb not null,
  occurred_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

select protect_tenant_table('outbox', allow_system => true);

-- Facts that came in: one row for each consumer of this service and event, written in the transaction
-- of the effect. 'retrying' and 'parked' rows keep the payload, 'done' rows only prevent repetition.
create table inbox (
  tenant_id text not null,
  consumer text not null,
  event_id uuid not null,
  state text not null
    constraint inbox_state check (state in ('done', 'retrying', 'parked')),
  subject text not null,
  payload jsonb
    constraint inbox_payload check ((state = 'done') = (payload is null)),
  occurred_at timestamptz not null,
  failed_attempts integer not null default 0
    constraint inbox_failed_attempts check (failed_attempts >= 0),
  retry_at timestamptz
    constraint inbox_retry_at check ((state = 'retrying') = (retry_at is not null)),
  last_error text,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, consumer, event_id)
);
create index inbox_retry on inbox (retry_at) where state = 'retrying';
create index inbox_parked on inbox (tenant_id, consumer) where state = 'parked';
create index inbox_done on inbox (updated_at) where state = 'done';

select protect_tenant_table('inbox', allow_system => true);
