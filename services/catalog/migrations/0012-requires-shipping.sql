-- Whether a variant has to be delivered. What it weighs does not say so: many a parcel was never weighed.
alter table variant add column requires_shipping boolean not null default true;

-- What is reserved at this moment is answered as it was priced.
alter table reservation no force row level security;
update reservation
set lines = (
  select coalesce(jsonb_agg(line || '{"requiresShipping": true}' order by place), '[]')
  from jsonb_array_elements(lines) with ordinality as each (line, place)
)
where state = 'open';
alter table reservation force row level security;
