import { loadPlatformConfig } from '../platform/config.ts'
import { formatTable } from './table.ts'

/** Prints every variable with its value, default and origin; secrets are masked. */
export function printConfig(): void {
  const rows = loadPlatformConfig()
    .describe()
    .map(({ name, value, default: byDefault, origin, doc }) => [
      name,
      value,
      byDefault,
      origin,
      doc,
    ])
  console.log(formatTable([['variable', 'value', 'default', 'origin', 'what it is'], ...rows]))
}
