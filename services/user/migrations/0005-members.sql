-- The people of an account. Whoever is in several chooses one: `tenant_user.account_id`.

create table account_member (
  tenant_id text not null,
  account_id text collate "C" not null,
  user_id text collate "C" not null,
  role text not null
    constraint account_member_role_known check (role in ('admin', 'member')),
  created_at timestamptz not null,
  primary key (tenant_id, account_id, user_id),
  foreign key (tenant_id, account_id) references account (tenant_id, account_id),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
create index account_member_by_user on account_member (tenant_id, user_id, account_id);

-- Whoever had an account before is a member of it, the first of each account its admin. The wall is
-- forced on the owner of the tables too, who steps over it here for two statements.
alter table tenant_user no force row level security;
insert into account_member (tenant_id, account_id, user_id, role, created_at)
select tenant_id, account_id, user_id,
  case row_number() over (partition by tenant_id, account_id order by created_at, user_id)
    when 1 then 'admin'
    else 'member'
  end,
  created_at
from tenant_user
where account_id is not null;

-- Nobody acts for an account that they are not in. Deferred: the person comes before the membership.
alter table tenant_user
  add constraint tenant_user_is_member_of_account
  foreign key (tenant_id, account_id, user_id)
  references account_member (tenant_id, account_id, user_id)
  deferrable initially deferred;
alter table tenant_user force row level security;
select protect_tenant_table('account_member');
create index tenant_user_by_account on tenant_user (tenant_id, account_id)
  where account_id is not null;

-- One open invitation an account and e-mail address. `secret_hash` is the SHA-256 of 256 random bits.
create table account_invitation (
  tenant_id text not null,
  account_id text collate "C" not null,
  email text not null
    constraint account_invitation_email_lower_case check (email = lower(email)),
  role text not null
    constraint account_invitation_role_known check (role in ('admin', 'member')),
  secret_hash bytea not null
    constraint account_invitation_secret_hash_length check (octet_length(secret_hash) = 32),
  expires_at timestamptz not null,
  primary key (tenant_id, account_id, email),
  constraint account_invitation_secret_once unique (tenant_id, secret_hash),
  foreign key (tenant_id, account_id) references account (tenant_id, account_id)
);
create index account_invitation_by_email on account_invitation (tenant_id, email);
select protect_tenant_table('account_invitation');
