import { type DescMethod, getOption } from '@bufbuild/protobuf'
import { http } from '@purser/contracts/google/api/annotations'
import { access, audited } from '@purser/contracts/options'
import { describe, expect, test } from 'vitest'
import { publicContracts } from '../src/topology.ts'

const USAGE = 'use of what was bought, many times a second: counters and usage log are its record'

/** Writes with a permission that the audit log does not keep, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  CheckUsage: USAGE,
  ConsumeUsage: USAGE,
  ReserveUsage: USAGE,
  CommitUsage: USAGE,
  ReleaseUsage: USAGE,
  BorrowUsage: USAGE,
  ReportLease: USAGE,
  ReturnLease: USAGE,
  IngestEvents: 'usage, up to 100,000 a second: the usage log itself says who is charged for what',
  UpdateMe: 'a person’s own profile',
  CreateAddress: 'a person’s own address book',
  ReplaceAddress: 'a person’s own address book',
  DeleteAddress: 'a person’s own address book',
  AddWish: 'a person’s own wishlist',
  RemoveWish: 'a person’s own wishlist',
  RenamePasskey: 'how a person calls what is theirs',
  ResendVerification: 'mails a link once more',
  SwitchAccount: 'a person’s own choice of where to act next',
  UpdateOwnCart: 'a person’s own cart',
  AddOwnItem: 'a person’s own cart',
  UpdateOwnItem: 'a person’s own cart',
  RemoveOwnItem: 'a person’s own cart',
  MergeCart: 'a person’s own cart',
  ReorderOwnOrder: 'a person’s own cart',
  QuoteCheckout: 'a question',
  PlaceOrder: 'a person’s own order, whose checkout keeps every step',
  ContinueCheckout: 'a person’s own order, whose checkout keeps every step',
}

/** Public methods that are audited: who signs in or out. */
const SIGN_INS = ['Register', 'Login', 'Logout', 'AcceptInvitation']

const methods = publicContracts.flatMap(({ methods }) => methods)
const isWrite = (method: DescMethod) => {
  const { pattern } = getOption(method, http)
  return pattern.case !== undefined && pattern.case !== 'get'
}
const isAudited = (method: DescMethod) => getOption(method, audited)
const rule = (method: DescMethod) => getOption(method, access).rule.case

describe('the audit log', () => {
  test('keeps every write that needs a permission, but those on the list', () => {
    const missing = methods.filter(
      (method) => isWrite(method) && rule(method) === 'permission' && !isAudited(method),
    )
    expect(missing.map(({ name }) => name).toSorted()).toEqual(Object.keys(EXCEPTIONS).toSorted())
  })

  test('keeps sign-ins and sign-outs', () => {
    const missing = methods.filter((method) => SIGN_INS.includes(method.name) && !isAudited(method))
    expect(missing.map(({ name }) => name)).toEqual([])
  })
})
