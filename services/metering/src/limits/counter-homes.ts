import { PurserError } from '@purser/kernel'
import { encodeTextArray, type Database, statement } from '@purser/postgres'
import { listCountersAfter, type WalkPosition } from '../alerts/alert-walk-store.ts'

/**
 * Where the counters of a tenant are, and how they move:
 *
 *     postgres --begin_epoch--> redis --begin_return--> moving --all counted from the rows--> postgres
 *
 * A tenant without a row has them in Postgres, and may be claimed for Redis by its first decision there. Who decides
 * asks for the row under the tenant's ingest lock, who changes it holds that lock alone.
 */
export type CounterHome = 'postgres' | 'redis' | 'moving'

/** What `begin_epoch` answers. */
export type BegunEpoch = { home: CounterHome; epoch: string; isNew: boolean }

const COUNTERS_AT_ONCE = 500

const homeStatement = statement(
  'metering.counter_home',
  'select home, epoch::text from counter_home where tenant_id = $1',
)

const elsewhereStatement = statement(
  'metering.tenants_with_counters_elsewhere',
  'select tenant_id from counter_home where home <> $1 order by tenant_id',
)

const holdsStatement = statement(
  'metering.open_holds',
  `select count(*) as holds, max(h.expire_at) + interval '10 minutes' as free_at
   from hold as h
   where is_holding(h)
     and not exists (
       select from counter_home as c where c.tenant_id = h.tenant_id and c.home = 'redis'
     )`,
)

const recountStatement = statement(
  'metering.recount_counters',
  'select recount_counters($1, $2, $3, $4)::text as counted',
)

const endReturnStatement = statement(
  'metering.end_return',
  `update counter_home set home = 'postgres' where tenant_id = $1 and home = 'moving'`,
)

/** Finds, begins and ends the homes of counters. */
export class CounterHomes {
  readonly #database: Database
  readonly #statements

  constructor(database: Database) {
    this.#database = database
    const schema = `"${database.schema}"`
    this.#statements = {
      begin: statement(
        'metering.begin_epoch',
        `select home, epoch::text, is_new from ${schema}.begin_epoch($1, $2, $3)`,
      ),
      beginReturn: statement(
        'metering.begin_return',
        `select ${schema}.begin_return($1)::text as begun`,
      ),
    }
  }

  /** Where the counters of the tenant are, and their epoch; undefined while nobody said. */
  async find(tenantId: string): Promise<{ home: CounterHome; epoch: string } | undefined> {
    const [row] = await this.#database.tx(
      tenantId,
      (tx) => tx.query<{ home: CounterHome; epoch: string }>(homeStatement, [tenantId]),
      { readOnly: true },
    )
    return row
  }

  /**
   * Begins an epoch of counters in Redis in which nothing is counted yet, unless another one began since `expected`.
   * Waits for what is being recorded in older ones. `move`: also for counters that are in Postgres. Throws
   * `metering.holds_open`.
   */
  async beginEpoch(
    tenantId: string,
    expected: string | undefined,
    { move }: { move: boolean },
  ): Promise<BegunEpoch> {
    try {
      const [row] = await this.#database.alone<{
        home: CounterHome
        epoch: string
        is_new: boolean
      }>(tenantId, this.#statements.begin, [expected, move])
      if (row === undefined) throw new Error('a function that answers one row answered none')
      return { home: row.home, epoch: row.epoch, isNew: row.is_new }
    } catch (error) {
      if ((error as { code?: string }).code !== 'PL413') throw error
      throw holdsOpen(`of tenant ${tenantId}`, error)
    }
  }

  /** Takes the counters of every tenant to Redis. Throws `metering.holds_open`, and takes none then. */
  async moveToRedis(): Promise<void> {
    const [open] = await this.#database.system((tx) =>
      tx.query<{ holds: bigint; free_at: Temporal.Instant | null }>(holdsStatement),
    )
    if (open?.free_at) throw holdsOpen(`${open.holds}, until ${open.free_at} at the latest`)
    for (const tenantId of await this.#tenantsElsewhere('redis')) {
      await this.beginEpoch(tenantId, undefined, { move: true })
    }
  }

  /** Takes the counters of every tenant back to Postgres: counts them from the rows of the usage log. */
  async moveToPostgres(): Promise<void> {
    for (const tenantId of await this.#tenantsElsewhere('postgres')) {
      await this.#database.alone(tenantId, this.#statements.beginReturn)
      let after: WalkPosition | undefined = { accountId: '', featureKey: '', limitKey: '' }
      while (after !== undefined) after = await this.#recountAfter(tenantId, after)
      await this.#database.tx(tenantId, (tx) => tx.execute(endReturnStatement, [tenantId]))
    }
  }

  /** Counts the next counters; answers the last of them, undefined after the last of all. */
  async #recountAfter(tenantId: string, after: WalkPosition): Promise<WalkPosition | undefined> {
    return await this.#database.tx(tenantId, async (tx) => {
      const counters = await listCountersAfter(tx, tenantId, after, COUNTERS_AT_ONCE)
      await tx.query(recountStatement, [
        tenantId,
        encodeTextArray(counters.map(({ accountId }) => accountId)),
        encodeTextArray(counters.map(({ featureKey }) => featureKey)),
        encodeTextArray(counters.map(({ limitKey }) => limitKey)),
      ])
      return counters.at(-1)
    })
  }

  async #tenantsElsewhere(home: CounterHome): Promise<string[]> {
    const rows = await this.#database.system((tx) =>
      tx.query<{ tenant_id: string }>(elsewhereStatement, [home]),
    )
    return rows.map((row) => row.tenant_id)
  }
}

function holdsOpen(which: string, cause?: unknown): PurserError {
  return new PurserError(
    'metering.holds_open',
    `Counters move to Redis when no reservation or lease is open (${which}): stop those who ask for them, and wait.`,
    { cause },
  )
}
