-- Runs and the ledger of what was billed.

create table billing_run (
  tenant_id text not null,
  run_id text not null,
  period text not null,
  window_start timestamptz not null,
  window_end timestamptz not null,
  status text not null
    constraint billing_run_status_known check (
      status in ('generating', 'planning', 'running', 'paused', 'completed', 'completed_with_failures')
    ),
  -- Synthetic events to send before billing, and how far that has come.
  records bigint not null
    constraint billing_run_records_not_negative check (records >= 0),
  generated_count bigint not null default 0,
  generation_ms bigint not null default 0,
  generated_at timestamptz,
  -- Events of later batches do not count; drawn once, when planning begins.
  watermark bigint,
  planned_at timestamptz,
  worked_ms bigint not null default 0,
  -- When the work under way began; null while nobody is known to work.
  resumed_at timestamptz,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, run_id),
  constraint billing_run_ended check (
    (ended_at is not null) = (status in ('completed', 'completed_with_failures'))
  )
);
-- One run a tenant and month at a time.
create unique index billing_run_open on billing_run (tenant_id, period) where ended_at is null;
select protect_tenant_table('billing_run');

-- One row for each subscription period that is to be or was billed: what makes "once" true.
create table billing_item (
  tenant_id text not null,
  subscription_id text not null,
  period_start timestamptz not null,
  kind text not null
    constraint billing_item_kind_known check (kind in ('period', 'adjustment')),
  run_id text not null,
  account_id text not null,
  plan_key text not null,
  plan_version integer not null,
  period_end timestamptz not null,
  billable_days integer not null,
  period_days integer not null,
  status text not null
    constraint billing_item_status_known check (status in ('pending', 'billed', 'failed')),
  watermark bigint,
  event_count bigint not null default 0,
  adjustment_count integer not null default 0,
  has_invoice boolean not null default false,
  currency char(3),
  amount_minor bigint not null default 0,
  failure_code text,
  failure_message text,
  -- No foreign key to the run: rows are added while its row is locked (store/run-progress.ts, isPlanning), and a
  -- check for each row would cost a quarter of planning.
  primary key (tenant_id, subscription_id, period_start, kind),
  constraint billing_item_watermark check ((status = 'billed') = (watermark is not null)),
  constraint billing_item_failure check ((status = 'failed') = (failure_code is not null))
);
-- Claims of a run, in canonical order of (account, subscription).
create index billing_item_pending on billing_item (tenant_id, run_id, account_id, subscription_id)
  where status = 'pending';
create index billing_item_by_run on billing_item (tenant_id, run_id);
create index billing_item_by_account on billing_item (tenant_id, account_id);
select protect_tenant_table('billing_item');

-- Accounts whose usage of earlier periods arrived since it was billed, found once a run.
create table late_account (
  tenant_id text not null,
  run_id text not null,
  account_id text not null,
  primary key (tenant_id, run_id, account_id),
  foreign key (tenant_id, run_id) references billing_run (tenant_id, run_id)
);
select protect_tenant_table('late_account');
