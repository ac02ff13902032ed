-- Meters and the raw usage log. The log only grows: nothing here is ever updated or deleted.

create table meter (
  tenant_id text not null,
  meter_key text not null,
  name text not null,
  event_type text not null,
  aggregation text not null
    constraint meter_aggregation_known
    check (aggregation in ('count', 'sum', 'max', 'unique_count', 'latest')),
  value_property text,
  dimensions text[] not null,
  max_past_days integer not null,
  max_future_seconds integer not null,
  allow_negative boolean not null,
  integer_only boolean not null,
  max_quantity numeric not null,
  unit text not null,
  created_at timestamptz not null,
  primary key (tenant_id, meter_key)
);
select protect_tenant_table('meter');

-- One number for each ingest batch. Drawn under the shared ingest lock of the tenant, so that a
-- watermark taken under the exclusive lock has every smaller number committed (store/watermark.ts).
create sequence ingest_batch_seq as bigint;

create table usage_event (
  tenant_id text not null,
  source text not null,
  event_id text not null,
  type text not null,
  subject text not null,
  time timestamptz not null,
  quantity numeric not null,
  properties jsonb,
  batch bigint not null,
  primary key (tenant_id, source, event_id)
);
-- Usage of an account over a time range: billing, quotas, listing.
create index usage_event_by_subject on usage_event (tenant_id, subject, time);
-- Batches are appended in order: late usage is found by reading only the newest pages.
create index usage_event_by_batch on usage_event using brin (batch) with (pages_per_range = 32, autosummarize = on);
select protect_tenant_table('usage_event');
