import { billingManifest } from '@purser/billing'
import { invoicingManifest } from '@purser/invoicing'
import { meteringManifest } from '@purser/metering'
import type { ServiceManifest } from '@purser/rpc'
import { subscriptionManifest } from '@purser/subscription'
import { userManifest } from '@purser/user'

/** Every service behind the gateway, each after those that it calls. */
export const manifests: readonly ServiceManifest[] = [
  userManifest,
  meteringManifest,
  subscriptionManifest,
  invoicingManifest,
  billingManifest,
]

/** Their names. */
export const serviceNames: readonly string[] = manifests.map((manifest) => manifest.name)
