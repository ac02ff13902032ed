import { statement, type Tx } from '@purser/postgres'

/** What a challenge was made for; it works for nothing else. */
export type ChallengePurpose = 'second_factor' | 'passkey_registration' | 'passkey_sign_in'

const insertChallengeStatement = statement(
  'user.insert_sign_in_challenge',
  `insert into sign_in_challenge (tenant_id, secret_hash, purpose, user_id, expires_at)
   values ($1, $2::bytea, $3, $4, $5::timestamptz)`,
)

/** Inserts a challenge by the SHA-256 of its text. */
export async function insertChallenge(
  tx: Tx,
  tenantId: string,
  challenge: {
    secretHash: Buffer
    purpose: ChallengePurpose
    /** Undefined where a passkey is to tell. */
    userId: string | undefined
    expiresAt: Temporal.Instant
  },
): Promise<void> {
  const { secretHash, purpose, userId, expiresAt } = challenge
  await tx.execute(insertChallengeStatement, [tenantId, secretHash, purpose, userId, expiresAt])
}

/** What works at an instant for a purpose, by the SHA-256 of its text. */
export type PresentedChallenge = {
  secretHash: Buffer
  purpose: ChallengePurpose
  now: Temporal.Instant
}

const findChallengeStatement = statement(
  'user.find_sign_in_challenge',
  `select user_id
   from sign_in_challenge
   where tenant_id = $1
     and secret_hash = $2::bytea
     and purpose = $3
     and expires_at > $4::timestamptz`,
)

/** Whose challenge was presented, if it works and is a person's. Takes no lock. */
export async function findChallengedUserId(
  tx: Tx,
  tenantId: string,
  { secretHash, purpose, now }: PresentedChallenge,
): Promise<string | undefined> {
  const values = [tenantId, secretHash, purpose, now]
  const [row] = await tx.query<{ user_id: string | null }>(findChallengeStatement, values)
  return row?.user_id ?? undefined
}

const takeChallengeStatement = statement(
  'user.take_sign_in_challenge',
  `delete from sign_in_challenge
   where tenant_id = $1
     and secret_hash = $2::bytea
     and purpose = $3
     and expires_at > $4::timestamptz
   returning user_id`,
)

/** Uses a challenge up and answers whose it was, if it works. Locks its row. */
export async function takeChallenge(
  tx: Tx,
  tenantId: string,
  { secretHash, purpose, now }: PresentedChallenge,
): Promise<{ userId: string | undefined } | undefined> {
  const values = [tenantId, secretHash, purpose, now]
  const [row] = await tx.query<{ user_id: string | null }>(takeChallengeStatement, values)
  return row && { userId: row.user_id ?? undefined }
}

const removeChallengesStatement = statement(
  'user.remove_sign_in_challenges',
  `delete from sign_in_challenge
   where tenant_id = $1
     and user_id = $2`,
)

/** Ends everything that the person has begun. Expects the person's row locked. */
export async function removeChallenges(tx: Tx, tenantId: string, userId: string): Promise<void> {
  await tx.execute(removeChallengesStatement, [tenantId, userId])
}
