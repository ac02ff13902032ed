-- Who works on a run: a run is paused when the last one has left it.

create table run_worker (
  tenant_id text not null,
  run_id text not null,
  worker_id text not null,
  -- Told again and again while it works; one that is not heard of any more has died. By the database's clock.
  seen_at timestamptz not null,
  primary key (tenant_id, run_id, worker_id),
  foreign key (tenant_id, run_id) references billing_run (tenant_id, run_id)
);
select protect_tenant_table('run_worker');
