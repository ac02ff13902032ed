-- Every item is inserted and settled once: two changes a row. See the migration of the same name in invoicing.
alter table billing_item set (autovacuum_analyze_threshold = 50000);
