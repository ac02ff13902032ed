-- A billing run grows these tables by tens of thousands of rows in seconds, and statistics taken again and again
-- meanwhile cost it a tenth of its processor time. No statement here needs them: each walks an index by a full prefix,
-- also on a table without statistics (decision 0013).
alter table invoice set (autovacuum_analyze_threshold = 25000, autovacuum_vacuum_insert_threshold = 25000);
alter table invoice_line set (autovacuum_analyze_threshold = 50000, autovacuum_vacuum_insert_threshold = 50000);
