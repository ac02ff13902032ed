-- An item of the ledger is written once, when it is billed or refused. What a run has still to bill waits in chunks, a
-- row for a thousand items, so that planning, claiming and settling touch no item twice.

create table billing_chunk (
  tenant_id text not null,
  run_id text not null,
  chunk_number bigint generated always as identity,
  kind text not null
    constraint billing_chunk_kind_known check (kind in ('period', 'adjustment')),
  item_count integer not null
    constraint billing_chunk_not_empty check (item_count > 0),
  -- One entry an item in each, in canonical order of (account, subscription).
  subscription_ids text[] not null,
  account_ids text[] not null,
  plan_keys text[] not null,
  plan_versions integer[] not null,
  period_starts timestamptz[] not null,
  period_ends timestamptz[] not null,
  billable_days integer[] not null,
  period_days integer[] not null,
  primary key (tenant_id, run_id, chunk_number),
  foreign key (tenant_id, run_id) references billing_run (tenant_id, run_id)
);

-- The page of due periods that planning adds next; null once it has added the last one.
alter table billing_run add column plan_cursor text default '';

-- Runs that are open go on: what was planned moves into chunks, planning that was cut short begins again. The wall is
-- forced on the owner of the tables too, who steps over it here.
alter table billing_item no force row level security;
alter table billing_run no force row level security;
insert into billing_chunk (
  tenant_id, run_id, kind, item_count, subscription_ids, account_ids, plan_keys, plan_versions, period_starts,
  period_ends, billable_days, period_days)
select i.tenant_id, i.run_id, i.kind, count(*), array_agg(i.subscription_id order by i.place),
  array_agg(i.account_id order by i.place), array_agg(i.plan_key order by i.place),
  array_agg(i.plan_version order by i.place), array_agg(i.period_start order by i.place),
  array_agg(i.period_end order by i.place), array_agg(i.billable_days order by i.place),
  array_agg(i.period_days order by i.place)
from (
  select item.tenant_id, item.run_id, item.kind, item.subscription_id, item.account_id, item.plan_key,
    item.plan_version, item.period_start, item.period_end, item.billable_days, item.period_days,
    row_number() over (
    partition by item.tenant_id, item.run_id, item.kind order by item.account_id, item.subscription_id
  ) as place
  from billing_item as item
  join billing_run as r on r.tenant_id = item.tenant_id and r.run_id = item.run_id
  where item.status = 'pending' and r.planned_at is not null
) as i
group by i.tenant_id, i.run_id, i.kind, (i.place - 1) / 1000;
delete from billing_item where status = 'pending';
update billing_run set plan_cursor = null where planned_at is not null;
alter table billing_run force row level security;
alter table billing_item force row level security;
select protect_tenant_table('billing_chunk');

alter table billing_item
  drop constraint billing_item_status_known,
  add constraint billing_item_status_known check (status in ('billed', 'failed')),
  -- No row is updated any more: pages are filled.
  set (fillfactor = 100);
