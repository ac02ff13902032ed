import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

/** Postgres's default, `scram_iterations`. */
const iterations = 4096

/**
 * What Postgres stores for a password: `SCRAM-SHA-256$<iterations>:<salt>$<stored>:<server key>`.
 * Sent in place of the password, so that no log of the server ever holds it. Source: RFC 5803.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  const storedKey = createHash('sha256').update(clientKey).digest('base64')
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}
