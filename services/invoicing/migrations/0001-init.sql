-- Invoices and their lines. An invoice changes once, when it is finalized; nothing is ever deleted.

-- The next number of each tenant. Its row is the first lock of every transaction that issues or
-- finalizes: calls of one tenant queue here, so that numbers have no gap and no two calls deadlock.
create table invoice_sequence (
  tenant_id text primary key,
  next_number bigint not null
    constraint invoice_sequence_from_one check (next_number >= 1)
);
select protect_tenant_table('invoice_sequence');

create table invoice (
  tenant_id text not null,
  invoice_id text collate "C" not null,
  status text not null
    constraint invoice_status_known check (status in ('draft', 'finalized')),
  kind text not null
    constraint invoice_kind_known check (kind in ('period', 'adjustment')),
  account_id text not null,
  subscription_id text not null,
  period_start timestamptz not null,
  period_end timestamptz not null,
  -- Currency of every amount of the invoice, its lines included.
  currency char(3) not null,
  subtotal_minor bigint not null,
  tax_minor bigint not null,
  total_minor bigint not null,
  line_count integer not null,
  policy jsonb not null,
  plan_key text not null,
  plan_version integer not null,
  plan_name text not null,
  run_id text,
  -- SHA-256 of what the invoice says, in hex (domain/content-hash.ts).
  content_hash char(64) not null,
  created_at timestamptz not null,
  number text,
  -- The number's place in the tenant's sequence, by which invoices are ordered.
  number_sequence bigint,
  finalized_at timestamptz,
  -- Lists are read backwards by it: drafts, which have no number yet, come first. A column, because
  -- behind row-level security an index is not searched by an expression.
  list_position bigint not null
    generated always as (coalesce(number_sequence, 9223372036854775807)) stored,
  primary key (tenant_id, invoice_id),
  constraint invoice_once_a_period unique (tenant_id, subscription_id, period_start, kind),
  constraint invoice_period_not_empty check (period_start < period_end),
  constraint invoice_total_is_sum check (total_minor = subtotal_minor + tax_minor),
  constraint invoice_subtotal_has_lines check (
    line_count > 0 or (line_count = 0 and subtotal_minor = 0)
  ),
  constraint invoice_finalized_is_numbered check (
    (status = 'finalized') = (number is not null)
    and (status = 'finalized') = (number_sequence is not null)
    and (status = 'finalized') = (finalized_at is not null)
  )
);
create unique index invoice_number on invoice (tenant_id, number) where number is not null;
create index invoice_by_position on invoice (tenant_id, list_position, invoice_id);
create index invoice_by_account on invoice (tenant_id, account_id, list_position, invoice_id);
-- Summaries: invoices are appended by run and period, so that ranges of pages tell them apart.
create index invoice_by_run on invoice using brin (tenant_id, period_end, run_id)
  with (pages_per_range = 16, autosummarize = on);
select protect_tenant_table('invoice');

create table invoice_line (
  tenant_id text not null,
  invoice_id text collate "C" not null,
  line_number integer not null
    constraint invoice_line_from_one check (line_number >= 1),
  kind text not null
    constraint invoice_line_kind_known check (kind in ('recurring', 'usage', 'adjustment')),
  description text not null,
  price_key text not null,
  meter_key text,
  quantity numeric not null,
  exact_amount numeric not null,
  amount_minor bigint not null,
  period_start timestamptz not null,
  period_end timestamptz not null,
  watermark bigint not null,
  event_count bigint not null
    constraint invoice_line_event_count_not_negative check (event_count >= 0),
  -- json, not jsonb: the text is kept as it came, because it is part of the content hash.
  price json not null,
  breakdown json not null,
  billed_before_minor bigint not null,
  billable_days integer not null,
  period_days integer not null,
  primary key (tenant_id, invoice_id, line_number),
  constraint invoice_line_period_not_empty check (period_start < period_end),
  constraint invoice_line_days check (billable_days between 0 and period_days)
);
select protect_tenant_table('invoice_line');

-- Stands for the foreign key, and says more: the lines of an invoice come in one statement, all of
-- them, and make up its subtotal. As their numbers are 1 to line_count, no further line fits in later.
-- Checked once a statement: a foreign key is checked once a row and costs a third of the insert.
create function check_invoice_lines() returns trigger
language plpgsql
set search_path from current
as $$
declare
  wrong text;
begin
  select added.invoice_id into wrong
  from (
    select tenant_id, invoice_id, count(*) as lines, max(line_number) as last_line,
      sum(amount_minor) as subtotal_minor
    from added_line
    group by tenant_id, invoice_id
  ) as added
  left join lateral (
    select invoice.line_count, invoice.subtotal_minor
    from invoice
    where invoice.tenant_id = added.tenant_id
      and invoice.invoice_id = added.invoice_id
    limit 1
  ) as stored on true
  where stored.line_count is distinct from added.lines
    or stored.line_count is distinct from added.last_line
    or stored.subtotal_minor is distinct from added.subtotal_minor
  limit 1;
  if wrong is not null then
    raise exception 'the lines of invoice % do not make up its subtotal', wrong
      using errcode = 'check_violation', constraint = 'invoice_line_makes_subtotal';
  end if;
  return null;
end
$$;
create trigger invoice_line_makes_subtotal
  after insert on invoice_line
  referencing new table as added_line
  for each statement execute function check_invoice_lines();

create function refuse_change() returns trigger
language plpgsql
as $$
begin
  raise exception '% of % is refused: what an invoice says never changes', lower(tg_op), tg_table_name
    using errcode = 'restrict_violation', constraint = tg_name;
end
$$;
create trigger invoice_line_frozen
  before update or delete or truncate on invoice_line
  for each statement execute function refuse_change();
create trigger invoice_kept
  before delete or truncate on invoice
  for each statement execute function refuse_change();

-- The only update of an invoice: from draft to finalized, all else as it was.
create function check_finalization() returns trigger
language plpgsql
as $$
declare
  changing constant text[] :=
    array['status', 'number', 'number_sequence', 'finalized_at', 'list_position'];
begin
  if old.status = 'draft' and new.status = 'finalized'
    and to_jsonb(old) - changing = to_jsonb(new) - changing
  then
    return new;
  end if;
  raise exception 'update of invoice % is refused: what an invoice says never changes', old.invoice_id
    using errcode = 'restrict_violation', constraint = tg_name;
end
$$;
create trigger invoice_frozen
  before update on invoice
  for each row execute function check_finalization();
