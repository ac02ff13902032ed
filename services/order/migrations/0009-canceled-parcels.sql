-- When a parcel was called off before the carrier had it: from then on it holds nothing.
alter table order_parcel
  add column canceled_at timestamptz,
  add constraint order_parcel_canceled_with_shipment check (canceled_at is null or shipment_id <> '');
