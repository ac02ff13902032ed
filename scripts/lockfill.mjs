// Fills package-lock.json with the optional native packages of other platforms that the registry
// did not serve while the lock was made. Without these entries `npm ci` refuses the lock, and other
// platforms get no native binaries. Run after every change of a dependency: `npm run lockfill`.
import fs from 'node:fs'

const LOCK_PATH = 'package-lock.json'
const OS_NAMES = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'win32',
  'openharmony',
  'aix',
  'netbsd',
  'openbsd',
  'sunos',
]
const CPU_NAMES = ['arm64', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'arm', 'wasm32', 'loong64']

const lock = JSON.parse(fs.readFileSync(LOCK_PATH, 'utf8'))
let added = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const hoisted = `node_modules/${name}`
    const present = lock.packages[hoisted] ?? lock.packages[`${path}/node_modules/${name}`]
    if (present || !/^\d/.test(version)) continue
    const os = OS_NAMES.find((candidate) => name.includes(candidate))
    const cpu = CPU_NAMES.find((candidate) => name.includes(candidate))
    lock.packages[hoisted] = {
      version,
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      ...(os ? { os: [os] } : {}),
      ...(cpu ? { cpu: [cpu] } : {}),
      ...(name.includes('musl')
        ? { libc: ['musl'] }
        : name.includes('-gnu')
          ? { libc: ['glibc'] }
          : {}),
    }
    added += 1
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : 1)),
)
fs.writeFileSync(LOCK_PATH, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`lockfill: added ${added} optional platform entries`)
