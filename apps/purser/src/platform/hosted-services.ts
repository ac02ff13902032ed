import { PurserError } from '@purser/kernel'
import { manifests, serviceNames } from '../manifests.ts'
import type { PlatformConfig } from './config.ts'

/**
 * Services that this process runs, by name; `gateway` among them. Throws `config.invalid` for an unknown one, and for
 * one whose facts another service hears that this process does not run: nobody would hear them.
 */
export function hostedServices(
  config: Pick<PlatformConfig, 'services' | 'mailInvoices'>,
): Set<string> {
  const known = ['gateway', ...serviceNames]
  if (config.services === 'all') return new Set(known)
  const wanted = new Set(config.services.split(',').map((name) => name.trim()))
  const unknown = [...wanted].filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new PurserError(
      'config.invalid',
      `SERVICES names ${unknown.join(', ')}; known are all, ${known.join(', ')}.`,
    )
  }
  for (const { teller, hearer } of hearings(config.mailInvoices)) {
    if (!wanted.has(teller) || wanted.has(hearer)) continue
    throw new PurserError(
      'config.invalid',
      `SERVICES names ${teller} without ${hearer}, which hears what ${teller} tells only in the same process: name both.`,
    )
  }
  return wanted
}

/** Who hears whose facts. */
function hearings(mailInvoices: boolean): { teller: string; hearer: string }[] {
  const declared = manifests.flatMap(({ name, hears = [] }) =>
    hears.map((teller) => ({ teller, hearer: name })),
  )
  return mailInvoices ? [...declared, { teller: 'invoicing', hearer: 'notification' }] : declared
}
