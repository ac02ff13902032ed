-- As your application. Account `white-label` of tenant `acme` is on the plan `free`: 5 widgets in any five minutes.

-- May it use one more? Looks, and counts nothing.
select allowed, remaining from metering.check('acme', 'white-label', 'widgets');
-- allowed | remaining
--    t    |         5

-- Use one: admitted and recorded in one step, or refused.
select allowed, remaining from metering.consume('acme', 'white-label', 'widgets');
--    t    |         4

-- Two units, with an id: sent again, by whoever did not get the answer, they count once.
select allowed, remaining from metering.consume('acme', 'white-label', 'widgets', 2, 'order-17');
--    t    |         2
select allowed, remaining from metering.consume('acme', 'white-label', 'widgets', 2, 'order-17');
--    t    |         2

-- Three do not fit: nothing is counted, and `retry_at` says when they will.
select allowed, reason, remaining, retry_at > now() as later
from metering.consume('acme', 'white-label', 'widgets', 3);
-- allowed |     reason     | remaining | later
--    f    | limit_exceeded |         2 |   t

-- Several features at once, all or none: the plan has no gadgets, so no widget is used either.
select allowed, reason, feature_key
from metering.consume_all('acme', 'white-label', array['widgets', 'gadgets'], array[1, 1]);
-- allowed |        reason        | feature_key
--    f    | feature_not_entitled | widgets
--    f    | feature_not_entitled | gadgets

-- With facts by which usage may be grouped later.
select allowed, remaining
from metering.consume('acme', 'white-label', 'widgets', 1, 'order-18', '{"shop": "north"}');
--    t    |         1
