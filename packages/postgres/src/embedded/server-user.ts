import { readFile } from 'node:fs/promises'
import { startFailure, useOtherPostgres } from './start-failure.ts'

/** The account that the server runs as when this process is root, which Postgres refuses to be. */
export type ServerUser = { uid: number; gid: number }

const preferredNames = ['postgres', 'nobody']

/**
 * Undefined when this process is not root: the server then runs as the same user. As root, the
 * owner of existing data if that account still exists, else `postgres`, else `nobody`; it must be
 * in the list of accounts, as the server looks its own name up.
 */
export async function serverUser(
  dataOwnerUid: number | undefined,
): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  if (process.platform !== 'linux') {
    throw startFailure(
      `Postgres does not run as root here: use a normal user, ${useOtherPostgres}.`,
    )
  }
  const accounts = parseAccounts(await readFile('/etc/passwd', 'utf8'))
  const candidates = [
    accounts.find(({ uid }) => uid === dataOwnerUid),
    ...preferredNames.map((name) => accounts.find((account) => account.name === name)),
  ]
  const found = candidates.find((account) => account !== undefined && account.uid !== 0)
  if (found) return { uid: found.uid, gid: found.gid }
  throw startFailure(
    `Postgres does not run as root and there is no account ${preferredNames.join(' or ')}: ` +
      `add one, run as a normal user, ${useOtherPostgres}.`,
  )
}

/** Lines of passwd(5): name:password:uid:gid:... */
function parseAccounts(text: string): { name: string; uid: number; gid: number }[] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name, , uid, gid]) => ({ name: name ?? '', uid: Number(uid), gid: Number(gid) }))
}
