import { createHash } from 'node:crypto'
import { lchown, lstat, mkdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerUser } from './server-user.ts'
import { startFailure, useOtherPostgres } from './start-failure.ts'

/** Of a socket's path: unix(7) allows 107 bytes on Linux, 103 on macOS, the name takes 14 or 15. */
const longestFolderBytes = 85

/**
 * A short folder for the server's socket, the same for the same data folder, mode 0700. Throws
 * `platform.unavailable` when that name belongs to somebody else.
 */
export async function ensureSocketDir(
  dataDir: string,
  user: ServerUser | undefined,
): Promise<string> {
  const name = `purser-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`
  const inTemp = join(tmpdir(), name)
  const fits = Buffer.byteLength(inTemp) <= longestFolderBytes
  const path = fits && (await othersEnter(tmpdir(), user)) ? inTemp : join('/tmp', name)
  await mkdir(path, { mode: 0o700 }).catch(() => undefined)
  const found = await lstat(path)
  const ownUid = process.getuid?.()
  const mayOwn = [ownUid, user?.uid].includes(found.uid)
  if (!found.isDirectory() || !mayOwn || (found.mode & 0o077) !== 0) {
    throw startFailure(`${path} belongs to someone else: remove it, ${useOtherPostgres}.`)
  }
  if (user && found.uid !== user.uid) await lchown(path, user.uid, user.gid)
  return path
}

/** Whether an account other than ours gets through `folder`; the folders of the system are open. */
async function othersEnter(folder: string, user: ServerUser | undefined): Promise<boolean> {
  if (!user) return true
  for (let path = folder; ; path = join(path, '..')) {
    const { mode } = await stat(path)
    if ((mode & 0o001) === 0) return false
    if (path === '/') return true
  }
}
