import { billingManifest } from '@purser/billing'
import { catalogManifest } from '@purser/catalog'
import { invoicingManifest } from '@purser/invoicing'
import { meteringManifest } from '@purser/metering'
import { notificationManifest } from '@purser/notification'
import { paymentManifest } from '@purser/payment'
import type { ServiceManifest } from '@purser/rpc'
import { subscriptionManifest } from '@purser/subscription'
import { userManifest } from '@purser/user'

/** Every service behind the gateway, each after those that it calls. */
export const manifests: readonly ServiceManifest[] = [
  userManifest,
  notificationManifest,
  meteringManifest,
  subscriptionManifest,
  invoicingManifest,
  billingManifest,
  catalogManifest,
  paymentManifest,
]

/** Their names. */
export const serviceNames: readonly string[] = manifests.map((manifest) => manifest.name)
