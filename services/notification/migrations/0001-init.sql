-- E-mail messages, every attempt to deliver them, addresses that are not written to.

-- What mails say of their sender; without a row the tenant's legal name.
create table sender (
  tenant_id text not null,
  sender_name text not null,
  reply_to text not null,
  primary key (tenant_id)
);
select protect_tenant_table('sender');

-- Content is written once, rendered, with secrets redacted. `sealed_content` is what is sent instead when there
-- are secrets, encrypted; it goes when the message is delivered or given up for good.
create table message (
  tenant_id text not null,
  message_id text not null,
  dedup_id text not null,
  template_key text not null,
  recipient_email text not null,
  recipient_name text not null,
  sender_name text not null,
  reply_to text not null,
  subject text not null,
  text_body text not null,
  html_body text not null,
  redacted boolean not null,
  sealed_content bytea,
  state text not null
    constraint message_state_known
      check (state in ('queued', 'sending', 'sent', 'retrying', 'failed')),
  attempt_count integer not null default 0,
  attempt_limit integer not null,
  next_attempt_at timestamptz,
  sent_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, message_id),
  constraint message_dedup_id_unique unique (tenant_id, dedup_id),
  constraint message_attempts_within_limit
    check (attempt_count >= 0 and attempt_count <= attempt_limit),
  constraint message_sealed_only_when_redacted check (redacted or sealed_content is null),
  constraint message_secrets_gone_when_sent check (state <> 'sent' or sealed_content is null),
  constraint message_sent_at_when_sent check ((state = 'sent') = (sent_at is not null)),
  constraint message_next_attempt_when_retrying
    check ((state = 'retrying') = (next_attempt_at is not null))
);
create index message_by_recipient on message (tenant_id, recipient_email, message_id);
create index message_by_template on message (tenant_id, template_key, message_id);
create index message_by_state on message (tenant_id, state, message_id);
select protect_tenant_table('message');

-- A row is inserted when an attempt begins and told once how it ended.
create table delivery_attempt (
  tenant_id text not null,
  message_id text not null,
  number integer not null
    constraint delivery_attempt_number_positive check (number >= 1),
  started_at timestamptz not null,
  outcome text
    constraint delivery_attempt_outcome_known
      check (outcome in ('accepted', 'deferred', 'refused', 'suppressed', 'unknown')),
  smtp_code integer,
  reply_text text not null default '',
  primary key (tenant_id, message_id, number),
  foreign key (tenant_id, message_id) references message
);
select protect_tenant_table('delivery_attempt');

create table suppression (
  tenant_id text not null,
  email text not null,
  reason text not null
    constraint suppression_reason_known check (reason in ('bounced', 'complained', 'manual')),
  created_at timestamptz not null,
  primary key (tenant_id, email)
);
select protect_tenant_table('suppression');
