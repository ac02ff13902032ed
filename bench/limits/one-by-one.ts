import pg from 'pg'
import { TENANT } from './limits-bed.ts'

/** Decides one request in a transaction of its own. */
export type OneByOne = { decide(account: string): Promise<void>; stop(): Promise<void> }

/**
 * How a developer writes it: a transaction that names its tenant, takes units from the row of the counter, records
 * them and commits. Neither plans nor windows.
 */
const plainTransaction = {
  tenant: { name: 'plain-tenant', text: `select set_config('purser.tenant_id', $1, true)` },
  spend: {
    name: 'plain-spend',
    text: `update rival.counter set used = used + 1
      where tenant_id = $1 and account_id = $2 and used + 1 <= 1000000000
      returning used`,
  },
  record: {
    name: 'plain-record',
    text: `insert into rival.usage_event (tenant_id, source, event_id, type, subject, time, quantity)
      values ($1, 'consume', gen_random_uuid()::text, 'call', $2, now(), 1)`,
  },
}

/** The same in one statement, which is as little as a transaction for each can do. */
const handWritten = {
  name: 'hand-written',
  text: `with spent as (
      update rival.counter set used = used + 1
      where tenant_id = $1 and account_id = $2 and used + 1 <= 1000000000
      returning account_id
    )
    insert into rival.usage_event (tenant_id, source, event_id, type, subject, time, quantity)
    select $1, 'consume', gen_random_uuid()::text, 'call', account_id, now(), 1 from spent`,
}

/** The engine itself, without grouping. */
const engineAlone = {
  name: 'engine',
  text: `select allowed from metering.consume($1, $2, 'api')`,
}

export const rivals = { handWritten, engineAlone }

/** Tables of the hand-written rival: the columns and indexes of the usage log, and counters that exist already. */
export function rivalSchema(prefix: string, count: number): string {
  return `
    create schema if not exists rival;
    create table if not exists rival.counter (
      tenant_id text, account_id text, used bigint not null, primary key (tenant_id, account_id)
    ) with (fillfactor = 50);
    create table if not exists rival.usage_event (
      tenant_id text not null, source text not null, event_id text not null, type text not null,
      subject text not null, time timestamptz not null, quantity numeric not null, properties jsonb,
      primary key (tenant_id, source, event_id));
    create index if not exists usage_event_by_subject on rival.usage_event (tenant_id, subject, time);
    insert into rival.counter select '${TENANT}', '${prefix}-' || n, 0 from generate_series(0, ${count - 1}) as n`
}

/** A pool of connections, each decision a transaction of five round trips. */
export function openPlainRival(adminUrl: string, connections: number): OneByOne {
  const pool = new pg.Pool({ connectionString: adminUrl, max: connections })
  const { tenant, spend, record } = plainTransaction
  return {
    decide: async (account) => {
      const client = await pool.connect()
      await client.query('begin')
      await client.query({ ...tenant, values: [TENANT] })
      const spent = await client.query({ ...spend, values: [TENANT, account] })
      if (spent.rowCount !== 1) throw new Error('a request was refused')
      await client.query({ ...record, values: [TENANT, account] })
      await client.query('commit')
      client.release()
    },
    stop: () => pool.end(),
  }
}

/** A pool of connections, each statement committed by itself. */
export function openRival(
  adminUrl: string,
  statement: { name: string; text: string },
  connections: number,
): OneByOne {
  const pool = new pg.Pool({ connectionString: adminUrl, max: connections })
  return {
    decide: async (account) => {
      const result = await pool.query({ ...statement, values: [TENANT, account] })
      if (result.rowCount !== 1) throw new Error('a request was refused')
    },
    stop: () => pool.end(),
  }
}
