-- Whether a line has to be sent, as the catalog said when it was bought. Of what was bought before, goods of orders that are
-- delivered by a method have to: nothing else could be sent.
alter table order_line add column requires_shipping boolean not null default true;

alter table order_line no force row level security;
alter table sales_order no force row level security;
update order_line as line
set requires_shipping = false
from sales_order as sold
where sold.tenant_id = line.tenant_id
  and sold.order_id = line.order_id
  and (line.kind = 'plan' or sold.shipping_method_key = '');
alter table sales_order force row level security;
alter table order_line force row level security;

alter table order_line
  add constraint order_line_plan_never_sent check (kind = 'goods' or not requires_shipping);

-- The same of checkouts that are under way.
alter table checkout no force row level security;
update checkout
set facts = jsonb_set(facts, '{goods}', (
  select coalesce(
    jsonb_agg(
      line || jsonb_build_object(
        'requiresShipping', facts ? 'exchange' or request ->> 'shippingQuoteId' <> '' or (line ->> 'weightGrams')::bigint > 0)
      order by place),
    '[]')
  from jsonb_array_elements(facts -> 'goods') with ordinality as each (line, place)
))
where state in ('running', 'waiting')
  and facts ? 'goods';
alter table checkout force row level security;
