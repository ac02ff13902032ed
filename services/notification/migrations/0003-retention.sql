-- Messages that are over are removed when their time has come, whosever they are.
create index message_by_age on message (created_at) where state in ('sent', 'failed');
select protect_tenant_table('message', allow_system => true);
