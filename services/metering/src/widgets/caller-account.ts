import type { HandlerContext } from '@connectrpc/connect'
import { PurserError } from '@purser/kernel'
import { asService, principalOf } from '@purser/rpc'
import type { MeteringContext } from '../context.ts'

/**
 * The tenant and account that a call counts for: of a person their own; of a key, which belongs to the tenant, the one
 * that it names. Throws `request.invalid` when a key names none or a person any, or acts for none;
 * `platform.unavailable` when people cannot be asked for.
 */
export async function callerAccount(
  { neighbours }: Pick<MeteringContext, 'neighbours'>,
  call: HandlerContext,
  named: string,
): Promise<{ tenant: string; accountId: string }> {
  const { kind, tenant, id: userId } = principalOf(call)
  if (kind !== 'user') {
    if (named === '') throw refused('is required of a key')
    return { tenant, accountId: named }
  }
  if (named !== '') throw refused('must be left out by a person, who uses their own account')
  if (neighbours === undefined) {
    throw new PurserError('platform.unavailable', 'People cannot be asked for at the moment.')
  }
  const options = asService('metering', tenant, { context: call })
  const { accountId } = await neighbours.user.getUser({ tenant, userId }, options)
  if (accountId === '') {
    throw new PurserError('request.invalid', 'The person acts for no account.')
  }
  return { tenant, accountId }
}

function refused(message: string): PurserError {
  return new PurserError('request.invalid', `The account ${message}.`, {
    fields: [{ field: 'account_id', message }],
  })
}
