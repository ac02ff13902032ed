import { billingManifest } from '@purser/billing'
import { cartManifest } from '@purser/cart'
import { catalogManifest } from '@purser/catalog'
import { invoicingManifest } from '@purser/invoicing'
import { meteringManifest } from '@purser/metering'
import { notificationManifest } from '@purser/notification'
import { orderManifest } from '@purser/order'
import { paymentManifest } from '@purser/payment'
import type { ServiceManifest } from '@purser/rpc'
import { shippingManifest } from '@purser/shipping'
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
  shippingManifest,
  paymentManifest,
  cartManifest,
  orderManifest,
]

/** Their names. */
export const serviceNames: readonly string[] = manifests.map((manifest) => manifest.name)
