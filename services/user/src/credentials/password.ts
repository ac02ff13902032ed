import { hash, verify } from '@node-rs/argon2'

// OWASP's first choice for Argon2id, which is the library's default algorithm:
// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Of no account's password, made with the same parameters: checking it costs what others cost. */
const dummyHash =
  '$argon2id$v=19$m=19456,t=2,p=1$Qlx1jZSG3poVXpU2+3w6gQ$8+R9+KS8MLqiUH9dODBBBT5c3b17YhGBUSAmhbKfsgs'

/**
 * Argon2id of a password in the PHC string format, 19 MiB and some 20 ms each time: never to be
 * called inside a database transaction.
 */
export async function hashPassword(password: string): Promise<string> {
  return await hash(normalize(password), parameters)
}

/**
 * Whether the password is the one that was hashed. Takes as long without a hash, and then answers
 * false. Never to be called inside a database transaction.
 */
export async function verifyPassword(
  passwordHash: string | undefined,
  password: string,
): Promise<boolean> {
  const isMatch = await verify(passwordHash ?? dummyHash, normalize(password))
  return isMatch && passwordHash !== undefined
}

/** Devices write one character in several ways; NIST SP 800-63B, section 3.1.1.2. */
function normalize(password: string): string {
  return password.normalize('NFKC')
}
