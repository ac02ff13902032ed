-- Registrations whose address nobody proved, and which were given to whoever has the address.

alter table tenant_user
  -- Somebody registered with the address before the person was invited: the account may hold what is
  -- a person's own, so that its invitation is told to the address alone, and taking it up proves that.
  add column was_taken_over boolean not null default false;
