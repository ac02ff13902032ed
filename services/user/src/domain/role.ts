import { holdsPermission } from './permission.ts'

/** A named set of permissions: the platform's own, or the tenant's. */
export type Role = {
  /** Unique in the tenant, the platform's roles included. */
  roleKey: string
  name: string
  /** Names, or names that end in a wildcard; see `holdsPermission`. */
  permissions: readonly string[]
  /** Whether the platform declares it; such a role cannot be removed. */
  builtIn: boolean
}

/** What every person may do with what is theirs: themselves, and the accounts they are in. */
const SELF = ['user.self.*', 'user.members.*', 'metering.widgets.read'] as const

/** The platform's roles, the same in every tenant; the widest first. */
const builtIn = {
  owner: { name: 'Owner', permissions: ['*'] },
  admin: {
    name: 'Administrator',
    permissions: [
      'user.*',
      'subscription.*',
      'metering.*',
      'billing.*',
      'invoicing.*',
      'notification.*',
      'catalog.*',
      'payment.*',
      'shipping.*',
      'cart.*',
      'order.*',
      'sso.connection.read',
    ],
  },
  finance: {
    name: 'Finance',
    permissions: [
      ...SELF,
      'billing.*',
      'cart.coupons.*',
      'invoicing.*',
      'metering.usage.read',
      'order.orders.*',
      'payment.*',
      'subscription.plans.read',
      'subscription.subscriptions.read',
      'subscription.top_ups.read',
      'user.accounts.read',
      'user.tenants.read',
    ],
  },
  support: {
    name: 'Support',
    permissions: [
      ...SELF,
      'billing.runs.read',
      'invoicing.invoices.read',
      'invoicing.taxes.read',
      'metering.events.read',
      'metering.meters.read',
      'metering.usage.read',
      'notification.messages.*',
      'payment.methods.read',
      'payment.payments.read',
      'cart.carts.read',
      'cart.coupons.read',
      'order.orders.*',
      'shipping.methods.read',
      'shipping.shipments.*',
      'subscription.plans.read',
      'subscription.subscriptions.*',
      'subscription.top_ups.*',
      'user.accounts.*',
      'user.tenants.read',
      'user.users.read',
      'catalog.products.read',
      'catalog.stock.*',
    ],
  },
  developer: {
    name: 'Developer',
    permissions: [
      ...SELF,
      'metering.*',
      'notification.messages.read',
      'subscription.plans.read',
      'user.api_keys.*',
      'user.tenants.read',
    ],
  },
  viewer: {
    name: 'Viewer',
    permissions: [
      ...SELF,
      'billing.runs.read',
      'invoicing.invoices.read',
      'invoicing.taxes.read',
      'metering.events.read',
      'metering.meters.read',
      'metering.usage.read',
      'notification.messages.read',
      'payment.methods.read',
      'payment.payments.read',
      'cart.carts.read',
      'cart.coupons.read',
      'cart.self.read',
      'order.orders.read',
      'order.self.read',
      'shipping.methods.read',
      'shipping.shipments.read',
      'sso.connection.read',
      'subscription.plans.read',
      'subscription.subscriptions.read',
      'subscription.top_ups.read',
      'user.accounts.read',
      'user.api_keys.read',
      'user.audit.read',
      'user.privacy.read',
      'user.roles.read',
      'user.tenants.read',
      'user.users.read',
      'catalog.products.read',
      'catalog.stock.read',
    ],
  },
  shopper: {
    name: 'Shopper',
    permissions: [
      'user.members.read',
      'user.members.write',
      'user.self.read',
      'user.self.write',
      'cart.self.read',
      'cart.self.write',
      'order.self.read',
      'order.self.write',
      'metering.widgets.read',
    ],
  },
} as const satisfies Record<string, Pick<Role, 'name' | 'permissions'>>

/** Key of a role that the platform declares. */
export type BuiltInRoleKey = keyof typeof builtIn

/** The role that holds everything; a tenant keeps one active person with it. */
export const OWNER = 'owner' satisfies BuiltInRoleKey

/** Roles that the platform declares, in the order to show them: the widest first. */
export const builtInRoles: readonly Role[] = Object.entries(builtIn).map(([roleKey, role]) => ({
  roleKey,
  ...role,
  builtIn: true,
}))

/** The platform's role with this key, if it declares one. */
export function findBuiltInRole(roleKey: string): Role | undefined {
  return builtInRoles.find((role) => role.roleKey === roleKey)
}

/** Whether these permissions of a role are more than a shopper's: what makes somebody staff. */
export function isStaff(permissions: readonly string[]): boolean {
  return !permissions.every((name) => holdsPermission(builtIn.shopper.permissions, name))
}
