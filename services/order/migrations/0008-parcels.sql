-- Parcels that shipping is asked for: written before it is asked, so that whoever repeats the request asks for the same,
-- and removed when it is refused.
create table order_parcel (
  tenant_id text not null,
  order_id text not null,
  -- Chosen by the caller.
  parcel_key text not null,
  -- At the shipping service; empty while nobody has stored its answer.
  shipment_id text not null default '',
  -- What is in it: `[{ "lineNumber", "quantity" }]`.
  units jsonb not null,
  created_at timestamptz not null,
  primary key (tenant_id, order_id, parcel_key),
  foreign key (tenant_id, order_id) references sales_order
);
select protect_tenant_table('order_parcel');

-- An order whose parcel was refused goes back to `paid`; one of which nothing has to be sent is over when it is paid.
alter table order_transition
  drop constraint order_transition_legal,
  add constraint order_transition_legal check (from_state is null or (from_state, to_state) in (
    ('pending', 'confirmed'), ('pending', 'canceled'),
    ('confirmed', 'paid'), ('confirmed', 'canceled'),
    ('paid', 'fulfilling'), ('paid', 'shipped'), ('paid', 'completed'), ('paid', 'canceled'), ('paid', 'refunded'),
    ('fulfilling', 'paid'), ('fulfilling', 'shipped'), ('fulfilling', 'refunded'),
    ('shipped', 'delivered'), ('shipped', 'returned'), ('shipped', 'refunded'),
    ('delivered', 'completed'), ('delivered', 'returned'), ('delivered', 'refunded'),
    ('completed', 'returned'), ('completed', 'refunded')
  ));

-- Refunds that failed are looked for.
create index order_refund_failed on order_refund (tenant_id, order_id) where state = 'failed';
