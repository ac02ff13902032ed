import { PurserError } from '@purser/kernel'
import { encodeInt8Array, encodeTextArray, type Database, statement } from '@purser/postgres'
import { holdsRefused, tellElsewhere } from './counters-elsewhere.ts'
import { epochMsOf } from './decision-row.ts'
import type { UsageCounters } from './usage-counters.ts'
import type { FeatureUnits } from './usage-request.ts'

/** Units of a feature after the commit of its reservation. */
export type CommittedUnits = {
  featureKey: string
  reserved: bigint
  recorded: bigint
  refused: bigint
}

/** A wish for a lease. */
export type LeaseRequest = {
  leaseId: string
  accountId: string
  featureKey: string
  units: bigint
  seconds: number
  propertiesJson: string | undefined
}

/** What became of the wish, see type `lease_grant`. Times are milliseconds since 1970. */
export type LeaseGrant = {
  verdict: 'granted' | 'limit_exceeded' | 'feature_not_entitled' | 'mismatched'
  units: bigint
  decidedMs: number
  expireMs: number
  limitKey: string | undefined
  limit: bigint
  /** Units left before the grant. */
  room: bigint
  resetMs: number | undefined
  retryMs: number | undefined
  /** Whether units are admitted while the engine cannot be reached. */
  admitsOnOutage: boolean
}

/**
 * What is held: reservations and leases, each call a transaction by itself. All but `sweep` throw
 * `metering.holds_unavailable` where the counters cannot hold units, `metering.counters_elsewhere` as these do.
 */
export class LimitStore {
  readonly #database: Database
  readonly #holdsUnits: boolean
  readonly #statements

  constructor(
    database: Database,
    { holdsUnits }: Pick<UsageCounters, 'holdsUnits'> = { holdsUnits: true },
  ) {
    this.#database = database
    this.#holdsUnits = holdsUnits
    this.#statements = statementsOf(`"${database.schema}"`)
  }

  /** Ends a reservation. Throws `resource.not_found`, `request.invalid`, `metering.hold_not_open`. */
  async commit(
    tenantId: string,
    holdId: string,
    used: readonly FeatureUnits[],
  ): Promise<CommittedUnits[]> {
    const rows = await this.#hold(() =>
      this.#database.alone<{
        feature_key: string
        reserved_units: bigint
        recorded_units: bigint
        refused_units: bigint
      }>(tenantId, this.#statements.commit, [
        holdId,
        encodeTextArray(used.map(({ featureKey }) => featureKey)),
        encodeInt8Array(used.map(({ units }) => units)),
      ]),
    )
    return rows.map((row) => ({
      featureKey: row.feature_key,
      reserved: row.reserved_units,
      recorded: row.recorded_units,
      refused: row.refused_units,
    }))
  }

  /** Lends units; see `borrow_usage`. */
  async borrow(tenantId: string, request: LeaseRequest): Promise<LeaseGrant> {
    const [row] = await this.#hold(() =>
      this.#database.alone<{
        verdict: LeaseGrant['verdict']
        units: bigint | null
        decided_at: string
        expire_at: string | null
        limit_key: string | null
        limit_units: bigint | null
        limit_room: bigint | null
        resets_at: string | null
        fits_at: string | null
        admits_on_outage: boolean | null
      }>(tenantId, this.#statements.borrow, [
        request.leaseId,
        request.accountId,
        request.featureKey,
        request.units,
        request.seconds,
        request.propertiesJson,
      ]),
    )
    if (row === undefined) throw new Error('a function that answers one row answered none')
    return {
      verdict: row.verdict,
      units: row.units ?? 0n,
      decidedMs: epochMsOf(row.decided_at) ?? 0,
      expireMs: epochMsOf(row.expire_at) ?? 0,
      limitKey: row.limit_key ?? undefined,
      limit: row.limit_units ?? 0n,
      room: row.limit_room ?? 0n,
      resetMs: epochMsOf(row.resets_at),
      retryMs: epochMsOf(row.fits_at),
      admitsOnOutage: row.admits_on_outage ?? false,
    }
  }

  /** Records what a lease has used. Throws `resource.not_found`, `request.invalid`, `metering.hold_not_open`. */
  async report(
    tenantId: string,
    report: { leaseId: string; sequence: bigint; used: bigint; isFinal: boolean },
  ): Promise<{ recorded: bigint; open: boolean }> {
    const { leaseId, sequence, used, isFinal } = report
    const [row] = await this.#hold(() =>
      this.#database.alone<{ recorded_units: bigint; open: boolean }>(
        tenantId,
        this.#statements.report,
        [leaseId, sequence, used, isFinal],
      ),
    )
    return { recorded: row?.recorded_units ?? 0n, open: row?.open ?? false }
  }

  /** Gives back reservations of a tenant that have run out; answers how many counters it looked at, at most 500. */
  async sweep(tenantId: string): Promise<number> {
    const [row] = await this.#database.alone<{ swept: number }>(tenantId, this.#statements.sweep)
    return row?.swept ?? 0
  }

  async #hold<T>(call: () => Promise<T>): Promise<T> {
    if (!this.#holdsUnits) throw holdsRefused()
    return await asHold(() => tellElsewhere(call))
  }
}

function statementsOf(schema: string) {
  return {
    commit: statement(
      'metering.commit_hold',
      `select feature_key, reserved_units, recorded_units, refused_units
       from ${schema}.commit_hold($1, null, $2, $3, $4)`,
    ),
    borrow: statement(
      'metering.borrow_usage',
      `select g.verdict, g.units, to_json(g.decided_at) as decided_at, to_json(g.expire_at) as expire_at,
         g.limit_key, g.limit_units, g.limit_room, to_json(g.resets_at) as resets_at, to_json(g.fits_at) as fits_at,
         g.admits_on_outage
       from ${schema}.borrow_usage($1, null, $2, $3, $4, $5, $6, $7) as g`,
    ),
    report: statement(
      'metering.report_lease',
      `select recorded_units, open from ${schema}.report_lease($1, null, $2, $3, $4, $5)`,
    ),
    sweep: statement('metering.sweep_holds', `select ${schema}.sweep_holds($1, null) as swept`),
  }
}

/** SQLSTATEs that the functions raise, see migration 0009. */
const refusals = {
  PL400: ['request.invalid', 'The units or features contradict what is held.'],
  PL404: ['resource.not_found', 'There is no such reservation or lease.'],
  PL409: ['metering.hold_not_open', 'It has ended already, with other units.'],
} as const

async function asHold<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === undefined || !Object.hasOwn(refusals, code)) throw error
    const [refusal, message] = refusals[code as keyof typeof refusals]
    throw new PurserError(refusal, message, { cause: error })
  }
}
