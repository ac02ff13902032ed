-- Settling an item changes no indexed column and finds room on its page, so that no index is written again (HOT).
-- Claims walk the items of a run in canonical order from where the last one ended.
drop index billing_item_pending;
drop index billing_item_by_run;
alter table billing_item set (fillfactor = 50);
create index billing_item_by_run on billing_item (tenant_id, run_id, account_id, subscription_id);
