import { create } from '@bufbuild/protobuf'
import {
  type VerifyAuditLogRequest,
  type VerifyAuditLogResponse,
  VerifyAuditLogResponseSchema,
} from '@purser/contracts/user/v1/audit'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../../context.ts'
import { type AuditEntry, type AuditHead, EMPTY_LOG, findBreak } from '../../domain/audit-chain.ts'
import { findAuditHead, walkAuditEntries } from '../../store/audit-log.ts'

const PAGE_SIZE = 1_000

type Known = { sequence: bigint; hash: string }

/**
 * Walks the tenant's log from its first entry to the one that was its newest when the call came, a
 * thousand at a time, and derives every hash again. What is appended meanwhile is left to the next
 * call. Throws `request.invalid` when one of `known_sequence` and `known_hash` comes without the other.
 */
export function verifyAuditLog(ctx: UserContext) {
  return async (req: VerifyAuditLogRequest): Promise<VerifyAuditLogResponse> => {
    const { tenant } = req
    const known = knownOf(req)
    const noted = await ctx.db.tx(tenant, (tx) => findAuditHead(tx, tenant), { readOnly: true })
    const walk = await walkTo(ctx, tenant, noted, known)
    return create(VerifyAuditLogResponseSchema, {
      intact: walk.broken === undefined,
      checkedCount: walk.checkedCount,
      headSequence: noted.sequence,
      headHash: noted.hash.toString('hex'),
      firstBrokenSequence: walk.broken ?? 0n,
    })
  }
}

function knownOf({ knownSequence, knownHash }: VerifyAuditLogRequest): Known | undefined {
  if (knownSequence === 0n && knownHash === '') return undefined
  if (knownSequence > 0n && knownHash !== '') return { sequence: knownSequence, hash: knownHash }
  throw new PurserError('request.invalid', 'A known entry is a sequence and a hash.', {
    fields: [{ field: 'known_hash', message: 'send known_sequence and known_hash, or neither' }],
  })
}

async function walkTo(
  ctx: UserContext,
  tenant: string,
  noted: AuditHead,
  known: Known | undefined,
): Promise<{ checkedCount: bigint; broken: bigint | undefined }> {
  const last = noted.sequence
  let head = EMPTY_LOG
  let checkedCount = 0n
  while (true) {
    const position = { after: head.sequence, last, limit: PAGE_SIZE }
    const page = await ctx.db.tx(tenant, (tx) => walkAuditEntries(tx, tenant, position), {
      readOnly: true,
    })
    const broken = findBreak(tenant, head, page) ?? findRewritten(page, known)
    if (broken !== undefined) {
      const passed = page.filter(({ sequence }) => sequence <= broken).length
      return { checkedCount: checkedCount + BigInt(passed), broken }
    }
    checkedCount += BigInt(page.length)
    head = page.at(-1) ?? head
    if (page.length < PAGE_SIZE) break
  }
  return { checkedCount, broken: findMissing(head, noted, known) }
}

/** The known entry if it is on the page and says something else now. */
function findRewritten(page: readonly AuditEntry[], known: Known | undefined): bigint | undefined {
  const entry = page.find(({ sequence }) => sequence === known?.sequence)
  return entry && entry.hash.toString('hex') !== known?.hash ? entry.sequence : undefined
}

/** Where the end was cut off, or noted wrongly. */
function findMissing(
  walked: AuditHead,
  noted: AuditHead,
  known: Known | undefined,
): bigint | undefined {
  const isShort = walked.sequence < noted.sequence || walked.sequence < (known?.sequence ?? 0n)
  if (isShort) return walked.sequence + 1n
  return walked.hash.equals(noted.hash) ? undefined : walked.sequence
}
