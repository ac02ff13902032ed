import type { ServerUser } from './server-user.ts'

/**
 * Path of a server's data folder as the server itself is told. A process that gives up root after
 * it entered the folder may not be able to name it: every folder above, such as a home of mode
 * 0700, would have to let it through. Its own working directory it can always name.
 */
export function dataFolderArgument(clusterDir: string, user: ServerUser | undefined): string {
  return user ? '/proc/self/cwd' : clusterDir
}

/**
 * No variable of ours reaches the server: none of our secrets, none of libpq's `PG...` defaults.
 */
export const serverEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  LC_ALL: 'C',
  TZ: 'UTC',
}

export const adminRole = 'purser_admin'
