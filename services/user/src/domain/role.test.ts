import { getOption, hasOption } from '@bufbuild/protobuf'
import { BillingService } from '@purser/contracts/billing/v1/billing'
import { CartService } from '@purser/contracts/cart/v1/cart'
import { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { NotificationService } from '@purser/contracts/notification/v1/notification'
import { access } from '@purser/contracts/options'
import { OrderService } from '@purser/contracts/order/v1/order'
import { PaymentService } from '@purser/contracts/payment/v1/payment'
import { ShippingService } from '@purser/contracts/shipping/v1/shipping'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import { describe, expect, test } from 'vitest'
import { holdsPermission } from './permission.ts'
import { builtInRoles, findBuiltInRole, isStaff } from './role.ts'

const services = [
  BillingService,
  CartService,
  CatalogService,
  InvoicingService,
  MeteringService,
  NotificationService,
  OrderService,
  PaymentService,
  ShippingService,
  SubscriptionService,
  UserService,
]

/** Every permission that a method of the contract asks for, once. */
const contractPermissions = [
  ...new Set(
    services.flatMap(({ methods }) =>
      methods.flatMap((method) => {
        const rule = hasOption(method, access) ? getOption(method, access).rule : undefined
        return rule?.case === 'permission' ? [rule.value] : []
      }),
    ),
  ),
].toSorted()

/** Whoever decides how people sign in decides who they are, owners included. */
const ownersAlone = new Set(['sso.connection.write'])

const permissionsOf = (roleKey: string) => findBuiltInRole(roleKey)?.permissions ?? []

const named = builtInRoles.flatMap(({ roleKey, permissions }) =>
  permissions.map((permission) => [roleKey, permission] as const),
)

describe('the table and the contract agree', () => {
  test.each(named)('%s: %s is asked for by a method', (_, permission) => {
    const covered = contractPermissions.filter((asked) => holdsPermission([permission], asked))
    expect(covered).not.toEqual([])
  })

  const shared = contractPermissions.filter((permission) => !ownersAlone.has(permission))
  test.each(shared)('%s is held by a role beside the owner', (permission) => {
    const holders = builtInRoles.filter(
      ({ roleKey, permissions }) => roleKey !== 'owner' && holdsPermission(permissions, permission),
    )
    expect(holders).not.toEqual([])
  })

  test('a viewer reads everything and writes nothing but what is their own', () => {
    const held = contractPermissions.filter((asked) =>
      holdsPermission(permissionsOf('viewer'), asked),
    )
    const reads = contractPermissions.filter((asked) => asked.endsWith('.read'))
    expect(held).toEqual([...reads, 'user.members.write', 'user.self.write'].toSorted())
  })
})

test('roles are listed from the widest to the narrowest', () => {
  expect(builtInRoles.map(({ roleKey }) => roleKey)).toEqual([
    'owner',
    'admin',
    'finance',
    'support',
    'developer',
    'viewer',
    'shopper',
  ])
})

test.each(builtInRoles.map(({ roleKey }) => roleKey))('%s keeps what is their own', (roleKey) => {
  for (const permission of ['user.self.read', 'user.self.write']) {
    expect(holdsPermission(permissionsOf(roleKey), permission)).toBe(true)
  }
})

test('a shopper has nothing of the organization', () => {
  const held = contractPermissions.filter((asked) =>
    holdsPermission(permissionsOf('shopper'), asked),
  )
  expect(held).toEqual([
    'cart.self.read',
    'cart.self.write',
    // The sample resource, which answers the same to everybody.
    'metering.widgets.read',
    'order.self.read',
    'order.self.write',
    'user.members.read',
    'user.members.write',
    'user.self.read',
    'user.self.write',
  ])
})

test.each(['constructor', 'toString', '__proto__', '', 'Owner'])('%j is no role', (roleKey) => {
  expect(findBuiltInRole(roleKey)).toBeUndefined()
})

describe('staff', () => {
  test('is whoever has any role of the platform but the one of shoppers', () => {
    const others = builtInRoles.filter(({ permissions }) => !isStaff(permissions))
    expect(others.map(({ roleKey }) => roleKey)).toEqual(['shopper'])
  })

  test.each([
    [[], false],
    [['cart.self.write', 'user.self.read'], false],
    [['cart.self.write', 'user.users.read'], true],
    [['cart.self.*'], true],
    [['*'], true],
  ])('%j: %s', (permissions, expected) => {
    expect(isStaff(permissions)).toBe(expected)
  })
})
