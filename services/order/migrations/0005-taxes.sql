-- Taxes of orders, as they were when the order was priced: `[{ "name", "percent", "taxableMinor", "taxMinor" }]`.
alter table sales_order
  add column tax_minor bigint not null default 0,
  -- Whether prices include the tax; otherwise it is added to them.
  add column tax_included boolean not null default false,
  add column shipping_taxes jsonb not null default '[]',
  drop constraint sales_order_adds_up,
  add constraint sales_order_adds_up check (
    items_minor >= 0 and discount_minor >= 0 and shipping_minor >= 0 and tax_minor >= 0
    and total_minor >= 0
    and total_minor = items_minor - discount_minor + shipping_minor
      + case when tax_included then 0 else tax_minor end
  ),
  add constraint sales_order_tax_within_total check (tax_minor <= total_minor);
alter table order_line add column taxes jsonb not null default '[]';
