-- The outside world of the built-in sandbox provider: its own ledger, which payments never read but through the
-- provider's port. It survives restarts, as a provider does.

create table sandbox_charge (
  tenant_id text not null,
  idempotency_key text not null,
  charge_id text not null,
  token text not null,
  amount_minor bigint not null
    constraint sandbox_charge_amount_positive check (amount_minor > 0),
  currency char(3) not null,
  status text not null
    constraint sandbox_charge_status_known
      check (status in ('succeeded', 'declined', 'requires_action', 'abandoned')),
  decline_code text not null,
  -- Unguessable; empty unless the shopper has to do something.
  challenge text not null,
  return_url text not null,
  refunded_minor bigint not null default 0
    constraint sandbox_charge_refunded_within_amount
      check (refunded_minor between 0 and amount_minor),
  created_at timestamptz not null,
  primary key (tenant_id, idempotency_key)
);
create unique index sandbox_charge_by_challenge on sandbox_charge (tenant_id, challenge)
  where challenge <> '';
select protect_tenant_table('sandbox_charge');

create table sandbox_refund (
  tenant_id text not null,
  idempotency_key text not null,
  refund_id text not null,
  charge_key text not null,
  amount_minor bigint not null
    constraint sandbox_refund_amount_positive check (amount_minor > 0),
  status text not null
    constraint sandbox_refund_status_known check (status in ('succeeded', 'failed')),
  failure_code text not null,
  created_at timestamptz not null,
  primary key (tenant_id, idempotency_key),
  foreign key (tenant_id, charge_key) references sandbox_charge
);
create index sandbox_refund_by_charge on sandbox_refund (tenant_id, charge_key);
select protect_tenant_table('sandbox_refund');
