import type { HandlerContext } from '@connectrpc/connect'
import type { Me, UpdateMeRequest } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../context.ts'
import { updateProfile } from '../store/profile.ts'
import { describePerson } from './get-me.ts'
import { requirePerson } from './require-person.ts'
import { unknownPerson } from './unknown-person.ts'

/**
 * Changes the profile of the person who is signed in; fields left out stay as they are. Throws
 * `request.invalid` for an empty name, `resource.not_found`.
 */
export function updateMe(ctx: UserContext) {
  return async (
    { fullName, locale, phone }: UpdateMeRequest,
    call: HandlerContext,
  ): Promise<Me> => {
    const person = requirePerson(call)
    // The contract counts characters; a name of spaces alone would show as none.
    if (fullName?.trim() === '') {
      const fields = [{ field: 'full_name', message: 'must not be empty' }]
      throw new PurserError('request.invalid', 'A name must not be empty.', { fields })
    }
    return await ctx.db.tx(person.tenant, async (tx) => {
      const user = await updateProfile(tx, person, { fullName, locale, phone })
      if (user === undefined) throw unknownPerson()
      return await describePerson(tx, person.tenant, user)
    })
  }
}
