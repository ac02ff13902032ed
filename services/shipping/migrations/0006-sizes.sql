-- Rates may go by volume, in cubic centimetres, and leave out what is too large, in millimetres.
alter table rate
  drop constraint rate_basis_known,
  add constraint rate_basis_known check (basis in ('weight', 'subtotal', 'pieces', 'volume')),
  add column max_side_mm integer
    constraint rate_max_side_positive check (max_side_mm > 0),
  -- Of the longest side and twice each of the others.
  add column max_length_and_girth_mm integer
    constraint rate_max_length_and_girth_positive check (max_length_and_girth_mm > 0);
