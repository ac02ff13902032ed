import { type DescFile, type DescService, getOption } from '@bufbuild/protobuf'
import { nestedTypes } from '@bufbuild/protobuf/reflect'
import { BillingService } from '@purser/contracts/billing/v1/billing'
import { CartService } from '@purser/contracts/cart/v1/cart'
import { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { NotificationService } from '@purser/contracts/notification/v1/notification'
import { rules } from '@purser/contracts/options'
import { OrderService } from '@purser/contracts/order/v1/order'
import { PaymentService } from '@purser/contracts/payment/v1/payment'
import { ShippingService } from '@purser/contracts/shipping/v1/shipping'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import { silentLogger } from '@purser/runtime'
import { expect, test } from 'vitest'
import { createPrincipalCodec, createServiceHost, type ServiceDefinition } from './index.ts'
import { wordsOfPattern } from './pattern-words.ts'

const services = [
  UserService,
  MeteringService,
  SubscriptionService,
  BillingService,
  CartService,
  OrderService,
  CatalogService,
  InvoicingService,
  NotificationService,
  PaymentService,
  ShippingService,
]

function unanswered(service: DescService): ServiceDefinition {
  const methods = service.methods.map((method) => [method.localName, () => ({})])
  return { service, implementation: Object.fromEntries(methods) }
}

test('every method of the platform declares its access and every field rule works', () => {
  const principals = createPrincipalCodec({ key: 'k'.repeat(32) })
  const host = createServiceHost({
    services: services.map(unanswered),
    log: silentLogger,
    principals,
  })
  expect(host.services).toEqual(services)
})

/** The files of the services, with those that they import. */
function contractFiles(): Set<DescFile> {
  const files = new Set<DescFile>()
  const add = (file: DescFile) => {
    if (files.has(file)) return
    files.add(file)
    for (const imported of file.dependencies) add(imported)
  }
  for (const { file } of services) add(file)
  return files
}

test('whoever is refused by a pattern is told in words', () => {
  const patterns = new Set<string>()
  for (const file of contractFiles()) {
    for (const type of nestedTypes(file)) {
      if (type.kind !== 'message') continue
      for (const field of type.fields) patterns.add(getOption(field, rules).pattern)
    }
  }
  patterns.delete('')
  expect(patterns.size).toBeGreaterThan(15)
  expect([...patterns].filter((pattern) => wordsOfPattern(pattern) === undefined)).toEqual([])
})
