-- People and groups that a tenant's identity provider keeps here by SCIM 2.0 (RFC 7643, RFC 7644).

-- Whoever signs in through an identity provider needs no password.
alter table tenant_user drop constraint tenant_user_active_has_password;

create table provisioned_user (
  tenant_id text not null,
  user_id text collate "C" not null,
  -- The identity provider's own id; empty when not told.
  external_id text not null,
  -- SCIM attributes that tenant_user has no column for, as RFC 7643 shapes them.
  attributes jsonb not null,
  updated_at timestamptz not null,
  -- When the identity provider removed the person, who is disabled from then on and unknown to it.
  removed_at timestamptz,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references tenant_user (tenant_id, user_id)
);
create index provisioned_user_by_external_id on provisioned_user (tenant_id, external_id);
select protect_tenant_table('provisioned_user');

create table provisioned_group (
  tenant_id text not null references tenant,
  group_id text collate "C" not null,
  display_name text not null,
  -- Empty when not told.
  external_id text not null,
  -- Role that the members are given; none until somebody who holds it says so.
  role_key text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, group_id)
);
create unique index provisioned_group_by_name on provisioned_group (tenant_id, lower(display_name));
create index provisioned_group_by_role on provisioned_group (tenant_id, role_key);
select protect_tenant_table('provisioned_group');

create table provisioned_group_member (
  tenant_id text not null,
  group_id text collate "C" not null,
  user_id text collate "C" not null,
  primary key (tenant_id, group_id, user_id),
  foreign key (tenant_id, group_id) references provisioned_group (tenant_id, group_id)
    on delete cascade,
  foreign key (tenant_id, user_id) references provisioned_user (tenant_id, user_id)
);
create index provisioned_group_member_by_user on provisioned_group_member (tenant_id, user_id);
select protect_tenant_table('provisioned_group_member');
