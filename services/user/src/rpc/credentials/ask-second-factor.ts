import { randomBytes } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import { type SignInResponse, SignInResponseSchema } from '@purser/contracts/user/v1/user'
import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { toProtoTimestamp } from '@purser/rpc'
import { opaqueToken, readOpaqueToken } from '../../domain/opaque-token.ts'
import type { Person } from '../../domain/person.ts'
import { insertChallenge } from '../../store/sign-in-challenge.ts'

const lifetime = Temporal.Duration.from({ minutes: 5 })

/**
 * Answers a challenge instead of tokens: the password was right, and a code is to follow within five
 * minutes.
 */
export async function askSecondFactor(
  tx: Tx,
  { tenant, userId }: Person,
  now: Temporal.Instant,
): Promise<SignInResponse> {
  const challenge = opaqueToken('sf', tenant, randomBytes(32))
  const secretHash = readOpaqueToken('sf', challenge)?.secretHash
  assert(secretHash, 'a token that was made can be read')
  const expiresAt = now.add(lifetime)
  const purpose = 'second_factor'
  await insertChallenge(tx, tenant, { secretHash, purpose, userId, expiresAt })
  return create(SignInResponseSchema, {
    secondFactorRequired: true,
    secondFactorChallenge: challenge,
    secondFactorExpireTime: toProtoTimestamp(expiresAt),
  })
}
