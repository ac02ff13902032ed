-- What people prove themselves with beside their password, and the mails that carry proof.

-- Two more things that are counted: mails that are asked for, by address; wrong codes, by person.
alter table sign_in_failure drop constraint sign_in_failure_scope_known;
alter table sign_in_failure
  add constraint sign_in_failure_scope_known
  check (scope in ('email', 'address', 'mail', 'second_factor'));

-- The address that a person proved to be theirs. It counts while it is the one in tenant_user.
create table verified_email (
  tenant_id text not null,
  user_id text collate "C" not null,
  email text not null,
  verified_at timestamptz not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
select protect_tenant_table('verified_email');

-- One-time tokens of links in mails. The text is derived from PURSER_SECRET and `token_id` when the
-- mail is written, so that it lies nowhere until then; `secret_hash` is its SHA-256.
create table mail_token (
  tenant_id text not null,
  token_id text collate "C" not null,
  user_id text collate "C" not null,
  purpose text not null
    constraint mail_token_purpose_known
    check (purpose in ('verify_email', 'reset_password', 'change_email')),
  -- Where the link is sent: the address that using it proves.
  email text not null
    constraint mail_token_email_lower_case check (email = lower(email)),
  secret_hash bytea not null
    constraint mail_token_secret_hash_length check (octet_length(secret_hash) = 32),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (tenant_id, token_id),
  constraint mail_token_secret_once unique (tenant_id, secret_hash),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
create index mail_token_by_user on mail_token (tenant_id, user_id, purpose, token_id);
select protect_tenant_table('mail_token');

-- An authenticator app (RFC 6238). It is asked for once `confirmed_at` is set.
create table totp (
  tenant_id text not null,
  user_id text collate "C" not null,
  -- 160 random bits in base 32, encrypted with AES-256-GCM under a key derived from PURSER_SECRET.
  sealed_secret bytea not null,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  -- The step of 30 seconds whose code was accepted last: neither it nor an earlier one is again.
  last_step bigint not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
select protect_tenant_table('totp');

-- Codes for the day when the app is lost. `code_hash` is the SHA-256 of 80 random bits.
create table recovery_code (
  tenant_id text not null,
  user_id text collate "C" not null,
  code_hash bytea not null
    constraint recovery_code_hash_length check (octet_length(code_hash) = 32),
  primary key (tenant_id, user_id, code_hash),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
select protect_tenant_table('recovery_code');

create table passkey (
  tenant_id text not null,
  passkey_id text collate "C" not null,
  user_id text collate "C" not null,
  name text not null,
  -- The authenticator's own name for it (WebAuthn, credential id).
  credential_id bytea not null,
  -- COSE_Key (RFC 9052).
  public_key bytea not null,
  sign_count bigint not null
    constraint passkey_sign_count_unsigned check (sign_count >= 0),
  transports text[] not null,
  -- Whether it is copied to the person's other devices.
  is_synced boolean not null,
  created_at timestamptz not null,
  used_at timestamptz,
  primary key (tenant_id, passkey_id),
  constraint passkey_credential_once unique (tenant_id, credential_id),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
create index passkey_by_user on passkey (tenant_id, user_id, passkey_id);
select protect_tenant_table('passkey');

-- What a sign-in or a ceremony was begun with; taken when it ends. SHA-256 of 256 random bits.
create table sign_in_challenge (
  tenant_id text not null references tenant,
  secret_hash bytea not null
    constraint sign_in_challenge_secret_hash_length check (octet_length(secret_hash) = 32),
  purpose text not null
    constraint sign_in_challenge_purpose_known
    check (purpose in ('second_factor', 'passkey_registration', 'passkey_sign_in')),
  -- Whose it is; nobody's yet where a passkey is to tell.
  user_id text collate "C"
    constraint sign_in_challenge_has_owner
    check ((purpose = 'passkey_sign_in') = (user_id is null)),
  expires_at timestamptz not null,
  primary key (tenant_id, secret_hash),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
create index sign_in_challenge_by_expiry on sign_in_challenge (tenant_id, expires_at);
create index sign_in_challenge_by_user on sign_in_challenge (tenant_id, user_id)
  where user_id is not null;
select protect_tenant_table('sign_in_challenge');
