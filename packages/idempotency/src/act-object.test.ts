import { create } from '@bufbuild/protobuf'
import {
  FinalizeInvoiceRequestSchema,
  InvoiceSchema,
  InvoicingService,
} from '@purser/contracts/invoicing/v1/invoicing'
import {
  CreatePlanVersionRequestSchema,
  PlanSchema,
  SubscriptionService,
} from '@purser/contracts/subscription/v1/subscription'
import {
  CreateApiKeyRequestSchema,
  CreateApiKeyResponseSchema,
  CreateRoleRequestSchema,
  RoleSchema,
  UserService,
} from '@purser/contracts/user/v1/user'
import { expect, test } from 'vitest'
import { compileActObject } from './act-object.ts'

test('the id of a new thing comes from the reply, also from a message in it, and its secret does not', () => {
  const objectOf = compileActObject(UserService.method.createApiKey)
  const request = create(CreateApiKeyRequestSchema, { tenant: 'acme', name: 'deploy' })
  const apiKey = { apiKeyId: 'key_1', name: 'deploy', prefix: 'pk_abc', permissions: ['*'] }
  const reply = create(CreateApiKeyResponseSchema, { apiKey, secret: 'pk_secret' })
  expect(objectOf(request, reply)).toEqual({ api_key_id: 'key_1' })
})

test('numbers that stand in a path count, names for people do not', () => {
  const objectOf = compileActObject(SubscriptionService.method.createPlanVersion)
  const request = create(CreatePlanVersionRequestSchema, { tenant: 'acme', planKey: 'pro' })
  const reply = create(PlanSchema, { planKey: 'pro', version: 3, terms: { name: 'Pro' } })
  expect(objectOf(request, reply)).toEqual({ plan_key: 'pro', version: '3' })
})

test('the path of the request says it as the caller did, and wins', () => {
  const objectOf = compileActObject(InvoicingService.method.finalizeInvoice)
  const request = create(FinalizeInvoiceRequestSchema, { tenant: 'acme', invoice: 'draft-7' })
  const reply = create(InvoiceSchema, { invoiceId: 'inv_1', accountId: 'ann', currency: 'EUR' })
  expect(objectOf(request, reply)).toMatchObject({ invoice: 'draft-7' })
  expect(objectOf(request, reply)).not.toHaveProperty('currency')
})

test('what is empty is left out', () => {
  const objectOf = compileActObject(UserService.method.createRole)
  expect(objectOf(create(CreateRoleRequestSchema), create(RoleSchema))).toEqual({})
})
