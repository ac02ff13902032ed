-- The outside world of the built-in sandbox carrier: its own books, which shipments never read but through the carrier's
-- port. They survive restarts, as a carrier does, and hold no address.
create table sandbox_label (
  tenant_id text not null,
  idempotency_key text not null,
  tracking_number text not null,
  status text not null
    constraint sandbox_label_status_known check (status in ('ready', 'refused', 'voided')),
  created_at timestamptz not null,
  primary key (tenant_id, idempotency_key),
  constraint sandbox_label_tracking_number_unique unique (tenant_id, tracking_number)
);
select protect_tenant_table('sandbox_label');
