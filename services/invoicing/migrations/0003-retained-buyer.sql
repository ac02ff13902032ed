-- Buyers whose data was erased everywhere else, as they are printed on their invoices: the law asks to
-- keep invoices with the buyer's name and address. Gone when the period that it asks for has ended.
create table retained_buyer (
  tenant_id text not null,
  account_id text not null,
  name text not null,
  -- The address as it is printed below the name; the law does not ask for the e-mail address.
  lines text[] not null,
  retained_at timestamptz not null,
  -- Exclusive.
  retain_until timestamptz not null,
  primary key (tenant_id, account_id)
);
select protect_tenant_table('retained_buyer');
