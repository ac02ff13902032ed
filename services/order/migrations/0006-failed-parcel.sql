-- Parcels of orders that the carrier refused or lost. `shipment_id` is the shipment at the shipping service.
create table order_failed_parcel (
  tenant_id text not null,
  order_id text not null,
  shipment_id text not null,
  carrier text not null,
  tracking_number text not null,
  -- `refused` by the carrier, or `lost` on its way.
  failure_code text not null,
  -- `[{ "orderLineId", "quantity" }]`.
  lines jsonb not null,
  created_at timestamptz not null,
  primary key (tenant_id, order_id, shipment_id),
  foreign key (tenant_id, order_id) references sales_order
);
select protect_tenant_table('order_failed_parcel');
revoke update, delete on order_failed_parcel from purser_order;
