-- Properties that come by SQL are texts of the lengths that the contract takes: a row with others was stored, and
-- billed, and then could not be told.

-- Refuses what the service's contract refuses too.
create or replace function check_request(p_features text[], p_units bigint[], p_id text, p_properties jsonb) returns void
language plpgsql stable
as $$
begin
  if cardinality(p_features) is distinct from cardinality(p_units) or cardinality(p_features) not between 1 and 20 then
    raise exception 'name 1 to 20 features, and units for each' using errcode = 'invalid_parameter_value';
  elsif (select count(distinct f) < count(*) from unnest(p_features) as f) then
    raise exception 'a feature stands twice' using errcode = 'invalid_parameter_value';
  elsif (select bool_or(u is null or u not between 1 and 1000000000000) from unnest(p_units) as u) then
    raise exception 'units are whole numbers from 1 to 1000000000000' using errcode = 'invalid_parameter_value';
  elsif p_id !~ '^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$' then
    raise exception 'an id has up to 128 letters, digits and ._:@-' using errcode = 'invalid_parameter_value';
  elsif p_properties is null then
    return;
  elsif jsonb_typeof(p_properties) <> 'object' then
    raise exception 'properties are a JSON object' using errcode = 'invalid_parameter_value';
  elsif (select count(*) > 50 from jsonb_object_keys(p_properties)) then
    raise exception 'properties are at most 50' using errcode = 'invalid_parameter_value';
  elsif (select bool_or(jsonb_typeof(p.value) <> 'string') from jsonb_each(p_properties) as p) then
    raise exception 'the value of each property is a text, such as {"region": "eu"}'
      using errcode = 'invalid_parameter_value';
  elsif (
    select bool_or(char_length(p.key) > 63 or char_length(p.value) > 500) from jsonb_each_text(p_properties) as p
  ) then
    raise exception 'a property has a name of up to 63 characters and a value of up to 500'
      using errcode = 'invalid_parameter_value';
  end if;
end
$$;
