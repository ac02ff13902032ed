-- Payments, what became of them, refunds, cards by their tokens, and what providers told.

-- An intent to charge. It is here before a provider is asked. `check_at` says when its outcome is asked for:
-- the end of the lease of whoever is asking now, or the next try where nobody knows.
create table payment (
  tenant_id text not null,
  payment_id text not null,
  idempotency_key text not null,
  -- SHA-256 of what was asked for under the key.
  request_hash bytea not null
    constraint payment_request_hash_length check (octet_length(request_hash) = 32),
  state text not null
    constraint payment_state_known check (state in (
      'created', 'processing', 'requires_action', 'succeeded', 'declined', 'unknown', 'canceled',
      'partially_refunded', 'refunded'
    )),
  -- Number of the last row of its history.
  version integer not null,
  -- Number of the charge at the provider, part of its idempotency key there.
  attempt integer not null default 1
    constraint payment_attempt_positive check (attempt >= 1),
  amount_minor bigint not null
    constraint payment_amount_positive check (amount_minor > 0),
  currency char(3) not null,
  -- What was given back, and what is being given back.
  refunded_minor bigint not null default 0,
  refunding_minor bigint not null default 0,
  order_id text not null,
  saga_id text not null,
  account_id text not null,
  provider text not null,
  card_brand text not null default '',
  card_last4 text not null default ''
    constraint payment_card_last4_only check (card_last4 ~ '^([0-9]{4})?$'),
  card_expiry_month smallint not null default 0,
  card_expiry_year smallint not null default 0,
  provider_reference text not null default '',
  decline_code text not null default '',
  action_url text not null default '',
  check_at timestamptz,
  check_count integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, payment_id),
  constraint payment_idempotency_key_unique unique (tenant_id, idempotency_key),
  constraint payment_refunds_within_amount
    check (refunded_minor >= 0 and refunding_minor >= 0
      and refunded_minor + refunding_minor <= amount_minor),
  constraint payment_refunded_when_paid
    check (refunded_minor + refunding_minor = 0
      or state in ('succeeded', 'partially_refunded', 'refunded')),
  constraint payment_state_tells_refunds
    check ((state = 'refunded') = (refunded_minor = amount_minor)
      and (state = 'partially_refunded')
        = (refunded_minor > 0 and refunded_minor < amount_minor)),
  constraint payment_action_when_required check ((state = 'requires_action') = (action_url <> '')),
  constraint payment_declined_with_code check ((state = 'declined') = (decline_code <> '')),
  constraint payment_checked_while_open
    check ((state in ('processing', 'unknown')) = (check_at is not null))
);
create index payment_by_account on payment (tenant_id, account_id, payment_id);
create index payment_by_order on payment (tenant_id, order_id, payment_id);
create index payment_by_state on payment (tenant_id, state, payment_id);
create index payment_due on payment (check_at) where check_at is not null;
select protect_tenant_table('payment', allow_system => true);

-- Every change of state. The constraint is the table of `domain/payment-state.ts`; a test compares them.
create table payment_transition (
  tenant_id text not null,
  payment_id text not null,
  number integer not null
    constraint payment_transition_number_positive check (number >= 1),
  from_state text,
  to_state text not null,
  -- Who or what caused it.
  cause text not null,
  created_at timestamptz not null,
  primary key (tenant_id, payment_id, number),
  foreign key (tenant_id, payment_id) references payment,
  constraint payment_transition_first_is_created
    check ((number = 1) = (from_state is null) and (number = 1) = (to_state = 'created')),
  constraint payment_transition_legal check (from_state is null or (from_state, to_state) in (
    ('created', 'processing'), ('created', 'canceled'),
    ('processing', 'succeeded'), ('processing', 'declined'), ('processing', 'requires_action'),
    ('processing', 'unknown'), ('processing', 'canceled'),
    ('requires_action', 'processing'), ('requires_action', 'succeeded'),
    ('requires_action', 'declined'), ('requires_action', 'canceled'),
    ('unknown', 'succeeded'), ('unknown', 'declined'), ('unknown', 'requires_action'),
    ('unknown', 'canceled'),
    ('succeeded', 'partially_refunded'), ('succeeded', 'refunded'),
    ('partially_refunded', 'partially_refunded'), ('partially_refunded', 'refunded')
  ))
);
select protect_tenant_table('payment_transition');
revoke update, delete on payment_transition from purser_payment;

-- Money that is given back. While it is processing or unknown, its amount is part of the payment's
-- `refunding_minor`; once it succeeded, of `refunded_minor`.
create table refund (
  tenant_id text not null,
  refund_id text not null,
  payment_id text not null,
  idempotency_key text not null,
  request_hash bytea not null
    constraint refund_request_hash_length check (octet_length(request_hash) = 32),
  state text not null
    constraint refund_state_known check (state in ('processing', 'succeeded', 'failed', 'unknown')),
  amount_minor bigint not null
    constraint refund_amount_positive check (amount_minor > 0),
  currency char(3) not null,
  reason text not null,
  provider_reference text not null default '',
  failure_code text not null default '',
  check_at timestamptz,
  check_count integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, refund_id),
  foreign key (tenant_id, payment_id) references payment,
  constraint refund_idempotency_key_unique unique (tenant_id, idempotency_key),
  constraint refund_failed_with_code check ((state = 'failed') = (failure_code <> '')),
  constraint refund_checked_while_open
    check ((state in ('processing', 'unknown')) = (check_at is not null))
);
create index refund_by_payment on refund (tenant_id, payment_id, refund_id);
create index refund_due on refund (check_at) where check_at is not null;
select protect_tenant_table('refund', allow_system => true);

-- A card of an account: the provider's token for it and what may be known of it.
create table payment_method (
  tenant_id text not null,
  payment_method_id text not null,
  account_id text not null,
  provider text not null,
  provider_token text not null,
  card_brand text not null,
  card_last4 text not null
    constraint payment_method_card_last4_only check (card_last4 ~ '^[0-9]{4}$'),
  card_expiry_month smallint not null
    constraint payment_method_card_expiry_month check (card_expiry_month between 1 and 12),
  card_expiry_year smallint not null,
  is_default boolean not null,
  created_at timestamptz not null,
  primary key (tenant_id, payment_method_id)
);
create index payment_method_by_account on payment_method (tenant_id, account_id, payment_method_id);
create unique index payment_method_one_default on payment_method (tenant_id, account_id)
  where is_default;
select protect_tenant_table('payment_method');

-- What providers told, each event once.
create table webhook_event (
  tenant_id text not null,
  provider text not null,
  event_id text not null,
  event_type text not null,
  -- Key of the charge or refund at the provider; empty for other events.
  subject_key text not null,
  disposition text not null
    constraint webhook_event_disposition_known
      check (disposition in ('applied', 'nothing_new', 'parked')),
  -- Why it is parked.
  detail text not null,
  received_at timestamptz not null,
  primary key (tenant_id, provider, event_id)
);
create index webhook_event_parked on webhook_event (tenant_id, provider, event_id)
  where disposition = 'parked';
select protect_tenant_table('webhook_event');
