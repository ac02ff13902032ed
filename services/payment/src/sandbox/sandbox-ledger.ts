import { statement, type Tx } from '@purser/postgres'
import type { LedgerQuestion } from '../domain/provider.ts'

/** The sandbox's own books: what is outside for everybody else. */

/** A charge in the sandbox's books. */
export type SandboxCharge = {
  key: string
  chargeId: string
  token: string
  amountMinor: bigint
  currency: string
  status: 'succeeded' | 'declined' | 'requires_action' | 'abandoned'
  declineCode: string
  challenge: string
  returnUrl: string
  refundedMinor: bigint
}

const CHARGE_COLUMNS = `
  idempotency_key, charge_id, token, amount_minor, currency, status, decline_code, challenge,
  return_url, refunded_minor`

type ChargeRow = {
  idempotency_key: string
  charge_id: string
  token: string
  amount_minor: bigint
  currency: string
  status: SandboxCharge['status']
  decline_code: string
  challenge: string
  return_url: string
  refunded_minor: bigint
}

const putChargeStatement = statement(
  'sandbox.put_charge',
  `insert into sandbox_charge
     (tenant_id, idempotency_key, charge_id, token, amount_minor, currency, status, decline_code,
      challenge, return_url, created_at)
   values ($1, $2, $3, $4, $5::bigint, $6, $7, $8, $9, $10, $11::timestamptz)
   on conflict (tenant_id, idempotency_key) do update
   set status = case
       when excluded.status = 'abandoned' and sandbox_charge.status = 'requires_action'
         then 'abandoned'
       else sandbox_charge.status end
   returning ${CHARGE_COLUMNS}`,
)

/**
 * Charges once a key: answers the charge that is in the books then, this one or an earlier one. One
 * that is abandoned ends an earlier one that waits for the shopper.
 */
export async function putCharge(
  tx: Tx,
  tenantId: string,
  charge: SandboxCharge,
  at: Temporal.Instant,
): Promise<SandboxCharge> {
  const rows = await tx.query<ChargeRow>(putChargeStatement, [
    tenantId,
    charge.key,
    charge.chargeId,
    charge.token,
    charge.amountMinor,
    charge.currency,
    charge.status,
    charge.declineCode,
    charge.challenge,
    charge.returnUrl,
    at,
  ])
  const [stored = charge] = rows.map(fromRowCharge)
  return stored
}

const findChargesStatement = statement(
  'sandbox.find_charges',
  `select ${CHARGE_COLUMNS}
   from sandbox_charge
   where tenant_id = $1
     and idempotency_key = any($2::text[])`,
)

/** The charges of these keys. Takes no lock. */
export async function findCharges(
  tx: Tx,
  tenantId: string,
  keys: readonly string[],
): Promise<SandboxCharge[]> {
  const rows = await tx.query<ChargeRow>(findChargesStatement, [tenantId, keys])
  return rows.map(fromRowCharge)
}

const listChargesStatement = statement(
  'sandbox.list_charges',
  `select ${CHARGE_COLUMNS}
   from sandbox_charge
   where tenant_id = $1
     and idempotency_key > $2
     and ($3::timestamptz is null or created_at >= $3)
     and ($4::timestamptz is null or created_at < $4)
   order by idempotency_key
   limit $5::bigint`,
)

/** A page of the charges by key. Takes no lock. */
export async function listCharges(
  tx: Tx,
  { tenantId, afterKey, from, before, limit }: LedgerQuestion,
): Promise<SandboxCharge[]> {
  const values = [tenantId, afterKey, from, before, limit]
  const rows = await tx.query<ChargeRow>(listChargesStatement, values)
  return rows.map(fromRowCharge)
}

const decideStatement = statement(
  'sandbox.decide',
  `update sandbox_charge
   set status = $3,
     decline_code = $4
   where tenant_id = $1
     and challenge = $2
     and challenge <> ''
     and status = 'requires_action'
   returning ${CHARGE_COLUMNS}`,
)

/** Lets the shopper's decision end a charge that waits for it; undefined when none does. Locks its row. */
export async function decideCharge(
  tx: Tx,
  tenantId: string,
  challenge: string,
  { status, declineCode }: Pick<SandboxCharge, 'status' | 'declineCode'>,
): Promise<SandboxCharge | undefined> {
  const values = [tenantId, challenge, status, declineCode]
  const [row] = await tx.query<ChargeRow>(decideStatement, values)
  return row && fromRowCharge(row)
}

const findByChallengeStatement = statement(
  'sandbox.find_by_challenge',
  `select ${CHARGE_COLUMNS}
   from sandbox_charge
   where tenant_id = $1
     and challenge = $2
     and challenge <> ''`,
)

/** The charge that waits, or waited, for this challenge. Takes no lock. */
export async function findByChallenge(
  tx: Tx,
  tenantId: string,
  challenge: string,
): Promise<SandboxCharge | undefined> {
  const values = [tenantId, challenge]
  const [row] = await tx.query<ChargeRow>(findByChallengeStatement, values)
  return row && fromRowCharge(row)
}

function fromRowCharge(row: ChargeRow): SandboxCharge {
  return {
    key: row.idempotency_key,
    chargeId: row.charge_id,
    token: row.token,
    amountMinor: row.amount_minor,
    currency: row.currency,
    status: row.status,
    declineCode: row.decline_code,
    challenge: row.challenge,
    returnUrl: row.return_url,
    refundedMinor: row.refunded_minor,
  }
}
