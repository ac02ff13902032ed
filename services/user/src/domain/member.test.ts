import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkAdminStays } from './member.ts'

const members = fc.uniqueArray(
  fc.record({
    userId: fc.stringMatching(/^[a-z]{1,3}$/),
    role: fc.constantFrom('admin' as const, 'member' as const),
    status: fc.constantFrom('active' as const, 'invited' as const, 'disabled' as const),
  }),
  { selector: ({ userId }) => userId, minLength: 1 },
)

test('an account with an admin who can sign in keeps one, whoever leaves', () => {
  const isAdmin = ({ role, status }: { role: string; status: string }) =>
    role === 'admin' && status === 'active'
  fc.assert(
    fc.property(members, fc.nat(), (people, index) => {
      const leaving = people[index % people.length]
      if (leaving === undefined) return
      const left = people.filter((other) => other !== leaving)
      let refused = false
      try {
        checkAdminStays(people, leaving)
      } catch (error) {
        expect(error).toMatchObject({ code: 'account.last_admin' })
        refused = true
      }
      expect(refused).toBe(isAdmin(leaving) && !left.some(isAdmin))
    }),
  )
})
