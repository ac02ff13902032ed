-- Invoices of orders and their credit notes: in the same sequence and as frozen as bills of subscriptions.

alter table invoice
  alter column subscription_id drop not null,
  alter column period_start drop not null,
  alter column period_end drop not null,
  add column order_id text,
  add column payment_id text,
  add column refund_id text,
  add column credited_invoice_id text collate "C",
  -- Whether the lines, and so the subtotal, include the tax.
  add column tax_included boolean not null default false,
  add column reason text,
  drop constraint invoice_kind_known,
  add constraint invoice_kind_known check (kind in ('period', 'adjustment', 'order', 'credit')),
  drop constraint invoice_total_is_sum,
  add constraint invoice_total_is_sum check (
    total_minor = subtotal_minor + case when tax_included then 0 else tax_minor end
  ),
  add constraint invoice_of_subscription_or_order check (
    case when kind in ('period', 'adjustment')
      then num_nulls(subscription_id, period_start, period_end) = 0
        and num_nonnulls(order_id, payment_id, refund_id, credited_invoice_id, reason) = 0
        and not tax_included
      else num_nonnulls(subscription_id, period_start, period_end) = 0
        and num_nulls(order_id, payment_id, reason) = 0
        and num_nonnulls(refund_id, credited_invoice_id)
          = case kind when 'credit' then 2 else 0 end
        and status = 'finalized'
    end
  ),
  add constraint invoice_of_order_above_credit_below_zero check (
    case kind
      when 'order' then least(subtotal_minor, tax_minor, total_minor) >= 0
      when 'credit' then greatest(subtotal_minor, tax_minor) <= 0 and total_minor < 0
      else true
    end
  );
-- One invoice an order, one credit note a refund.
create unique index invoice_once_an_order on invoice (tenant_id, order_id) where kind = 'order';
create unique index invoice_once_a_refund on invoice (tenant_id, refund_id)
  where refund_id is not null;
create index invoice_by_order on invoice (tenant_id, order_id, list_position, invoice_id)
  where order_id is not null;

-- Credit notes take back from the invoice of their order, and no more than it says.
create function check_credit() returns trigger
language plpgsql
set search_path from current
as $$
declare
  left_minor bigint;
begin
  -- Locked: credit notes of one invoice follow each other, whoever issues them.
  perform 1
  from invoice
  where tenant_id = new.tenant_id
    and invoice_id = new.credited_invoice_id
    and kind = 'order'
    and order_id = new.order_id
    and currency = new.currency
    and tax_included = new.tax_included
  for no key update;
  if not found then
    raise exception 'credit note % takes back from no invoice of its order', new.invoice_id
      using errcode = 'check_violation', constraint = 'invoice_credit_of_invoice';
  end if;
  select sum(total_minor) into left_minor
  from invoice
  where tenant_id = new.tenant_id
    and order_id = new.order_id;
  if left_minor + new.total_minor < 0 then
    raise exception 'credit note % takes back more than its invoice says', new.invoice_id
      using errcode = 'check_violation', constraint = 'invoice_credit_within_invoice';
  end if;
  return new;
end
$$;
create trigger invoice_credit_checked
  before insert on invoice
  for each row when (new.kind = 'credit') execute function check_credit();

-- The sum of taxes of a line, `[{ "name", "percent", "taxableMinor", "taxMinor" }]` with integers as texts.
create function sum_of_taxes(taxes json) returns numeric
language sql
immutable
return (
  select coalesce(sum((tax ->> 'taxMinor')::bigint), 0)
  from json_array_elements(taxes) as tax
);

-- Lines of invoices of orders and credit notes, in minor units.
create table sale_line (
  tenant_id text not null,
  invoice_id text collate "C" not null,
  line_number integer not null
    constraint sale_line_from_one check (line_number >= 1),
  kind text not null
    constraint sale_line_kind_known check (kind in ('goods', 'plan', 'shipping')),
  description text not null,
  sku text not null,
  quantity bigint not null
    constraint sale_line_quantity_positive check (quantity >= 1),
  unit_minor bigint not null,
  discount_minor bigint not null,
  -- What is billed, the discount taken off.
  amount_minor bigint not null,
  tax_category text not null,
  tax_minor bigint not null,
  -- json, not jsonb: the text is kept as it came, because it is part of the content hash.
  taxes json not null,
  -- Of a plan: the subscription that bills it, and its begin.
  subscription_id text not null,
  starts_at timestamptz,
  -- Line that a credit note takes back from.
  credited_line_number integer,
  primary key (tenant_id, invoice_id, line_number),
  constraint sale_line_amount_is_price
    check (amount_minor = unit_minor * quantity - discount_minor),
  constraint sale_line_tax_is_sum check (tax_minor = sum_of_taxes(taxes)),
  constraint sale_line_plan_costs_nothing
    check (kind <> 'plan' or (amount_minor = 0 and tax_minor = 0))
);
select protect_tenant_table('sale_line');

-- As `check_invoice_lines`, and the taxes of the lines make up the tax.
create function check_sale_lines() returns trigger
language plpgsql
set search_path from current
as $$
declare
  wrong text;
begin
  select added.invoice_id into wrong
  from (
    select tenant_id, invoice_id, count(*) as lines, max(line_number) as last_line,
      sum(amount_minor) as subtotal_minor, sum(tax_minor) as tax_minor
    from added_line
    group by tenant_id, invoice_id
  ) as added
  left join lateral (
    select invoice.line_count, invoice.subtotal_minor, invoice.tax_minor
    from invoice
    where invoice.tenant_id = added.tenant_id
      and invoice.invoice_id = added.invoice_id
      and invoice.kind in ('order', 'credit')
    limit 1
  ) as stored on true
  where stored.line_count is distinct from added.lines
    or stored.line_count is distinct from added.last_line
    or stored.subtotal_minor is distinct from added.subtotal_minor
    or stored.tax_minor is distinct from added.tax_minor
  limit 1;
  if wrong is not null then
    raise exception 'the lines of invoice % do not make up its subtotal and tax', wrong
      using errcode = 'check_violation', constraint = 'sale_line_makes_subtotal';
  end if;
  return null;
end
$$;
create trigger sale_line_makes_subtotal
  after insert on sale_line
  referencing new table as added_line
  for each statement execute function check_sale_lines();
create trigger sale_line_frozen
  before update or delete or truncate on sale_line
  for each statement execute function refuse_change();

-- Who bought, as it is printed on the invoices of an order: kept as long as the law asks, then forgotten on request.
create table order_buyer (
  tenant_id text not null,
  order_id text not null,
  -- By which somebody's are found; empty when unknown. The hash of the e-mail address in lower case is for guests, and
  -- removed once an erasure found them by it.
  user_id text not null,
  account_id text not null,
  email_hash bytea
    constraint order_buyer_email_hash_length check (octet_length(email_hash) = 32),
  name text not null,
  lines text[] not null,
  -- Exclusive: when an erasure may remove it.
  retain_until timestamptz not null,
  primary key (tenant_id, order_id)
);
create index order_buyer_by_user on order_buyer (tenant_id, user_id) where user_id <> '';
create index order_buyer_by_account on order_buyer (tenant_id, account_id) where account_id <> '';
create index order_buyer_by_email on order_buyer (tenant_id, email_hash)
  where email_hash is not null;
select protect_tenant_table('order_buyer');
