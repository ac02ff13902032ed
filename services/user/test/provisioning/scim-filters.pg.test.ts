import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUser, type User } from '../user-harness.ts'
import { refused, type Scim, scimOf, userUrn } from './scim-harness.ts'

let user: User
let scim: Scim

const bjensen = 'bjensen@example.com'
const omalley = "o'malley@example.org"
const jsmith = 'jsmith@example.net'
const everyone = [bjensen, jsmith, omalley]

beforeAll(async () => {
  user = await startUser()
  for (const tenant of ['acme', 'many', 'other']) await user.createTenant(tenant)
  scim = scimOf(user, 'acme')
  await scim.createUser({
    userName: bjensen,
    externalId: 'CaseMatters',
    name: { familyName: 'Jensen', givenName: 'Barbara' },
    title: 'Tour Guide',
    userType: 'Employee',
    emails: [
      { type: 'work', value: 'bjensen@example.com', primary: true },
      { type: 'home', value: 'babs@jensen.org' },
    ],
  })
  user.present.now = Temporal.Instant.from('2026-02-16T12:00:00.5Z')
  await scim.createUser({
    userName: omalley,
    name: { familyName: "O'Malley" },
    userType: 'Intern',
    active: false,
    emails: [{ type: 'work', value: 'x@example.org' }],
  })
  user.present.now = Temporal.Instant.from('2026-02-17T12:00:00Z')
  const smith = await scim.createUser({
    userName: jsmith,
    displayName: 'a "b" \\ c_%',
    title: 'Ärztin',
  })
  await scim.createGroup({ displayName: 'Guides', members: [{ value: smith.id }] })
  await scimOf(user, 'other').createUser({ userName: 'theirs@example.com', title: 'Tour Guide' })
})
afterAll(() => user.close())

describe('the examples of RFC 7644, section 3.4.2.2', () => {
  test.each([
    ['userName eq "bjensen@example.com"', [bjensen]],
    [`name.familyName co "O'Malley"`, [omalley]],
    ['userName sw "J"', [jsmith]],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"', [jsmith]],
    ['title pr', [bjensen, jsmith]],
    ['meta.lastModified gt "2026-02-16T12:00:00Z"', [jsmith, omalley]],
    ['meta.lastModified ge "2026-02-16T12:00:00.500Z"', [jsmith, omalley]],
    ['meta.lastModified lt "2026-02-16T13:00:00.5+01:00"', [bjensen]],
    ['meta.lastModified le "2026-02-16T13:00:00.5+01:00"', [bjensen, omalley]],
    ['title pr and userType eq "Employee"', [bjensen]],
    ['title pr or userType eq "Intern"', everyone],
    ['schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"', everyone],
    [
      'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
      [bjensen],
    ],
    [
      'userType ne "Employee" and not (emails co "example.com" or emails.value co "jensen.org")',
      [jsmith, omalley],
    ],
    ['userType eq "Employee" and (emails.type eq "work")', [bjensen]],
    ['userType eq "Employee" and emails[type eq "work" and value co "@example.com"]', [bjensen]],
    ['emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp"]', 'invalidFilter'],
  ])('%s', async (filter, expected) => {
    if (typeof expected === 'string') {
      await expect(scim.find(filter)).rejects.toMatchObject(refused(expected))
    } else expect(await scim.find(filter)).toEqual(expected)
  })
})

describe('a filter', () => {
  test.each([
    ['USERNAME EQ "BJensen@Example.com"', [bjensen]],
    ['userName eq "BJENSEN@EXAMPLE.COM" or userName eq "nobody@x.y"', [bjensen]],
    ['externalId eq "CaseMatters"', [bjensen]],
    ['externalId eq "casematters"', []],
    ['active eq false', [omalley]],
    ['active eq "False"', [omalley]],
    ['active ne false', [bjensen, jsmith]],
    ['not (active eq true)', [omalley]],
    ['not (active eq true and title pr)', [omalley]],
    ['not (title pr) and not (userName eq "x@y.z")', [omalley]],
    ['title eq null', [omalley]],
    ['title ne null', [bjensen, jsmith]],
    ['title ne "Tour Guide"', [jsmith, omalley]],
    ['emails[type eq "home" and value co "@example.com"]', []],
    ['emails[not (type eq "work")]', [bjensen]],
    ['emails.primary eq true', [bjensen, jsmith]],
    ['emails.value ew ".ORG"', [bjensen, omalley]],
    ['title co "ärz"', [jsmith]],
    ['displayName eq "a \\"b\\" \\\\ C_%"', [jsmith]],
    ['displayName co "\\" \\\\ c_"', [jsmith]],
    ['displayName ew "_%"', [jsmith]],
    ['displayName sw "a \\u0022b"', [jsmith]],
    ['groups.display eq "guides"', [jsmith]],
    ['groups[display sw "Gu"]', [jsmith]],
    ['groups pr', [jsmith]],
    // `and` binds closer than `or`.
    ['userName sw "b" or userName sw "j" and title eq "none"', [bjensen]],
    ['(userName sw "b" or userName sw "j") and title co "r"', [bjensen, jsmith]],
    ['nickName pr', []],
  ])('%s', async (filter, expected) => {
    expect(await scim.find(filter)).toEqual(expected)
  })
})

describe('a hostile filter', () => {
  const nested = (depth: number) => `${'('.repeat(depth)}title pr${')'.repeat(depth)}`
  const joined = (parts: number) => Array.from({ length: parts }, () => 'title pr').join(' or ')
  test.each([
    ['empty', ' '],
    ['an attribute alone', 'userName'],
    ['no value', 'userName eq'],
    ['no operator', 'userName "x"'],
    ['an unknown operator', 'userName like "x"'],
    ['an unknown attribute', 'passwordHash eq "x"'],
    ['an unknown sub-attribute', 'name.secret pr'],
    ['a column of the table', 'password_hash pr'],
    ['the prototype', '__proto__ pr'],
    ['the constructor', 'constructor.name eq "x"'],
    ['SQL', `userName eq "x' or 1=1 --"); drop table tenant_user; --`],
    ['SQL without quotes', 'userName eq x or 1=1'],
    ['a path of jsonpath', '$.** pr'],
    ['an open quote', 'userName eq "x'],
    ['an open group', '(userName pr'],
    ['a closed group', 'userName pr)'],
    ['an open element', 'emails[type eq "work"'],
    ['elements of what has none', 'userName[type eq "work"]'],
    ['elements of elements', 'emails[type[type pr]]'],
    ['a nested attribute in an element', 'emails[name.familyName pr]'],
    ['a whole complex attribute', 'name eq "x"'],
    ['true for a text', 'title eq true'],
    ['a text for true', 'active eq "maybe"'],
    ['order of booleans', 'active gt true'],
    ['no time', 'meta.created gt "yesterday"'],
    ['order of null', 'title gt null'],
    ['a number', 'title eq 7'],
    ['a bad escape', 'title eq "\\q"'],
    ['NUL', 'title eq "\\u0000"'],
    ['half a character', 'title eq "\\ud800"'],
    ['not without a group', 'not title pr'],
    ['operators alone', 'eq eq eq'],
    ['and alone', 'and'],
    ['too deep', nested(21)],
    ['very deep', nested(2_000)],
    ['too many comparisons', joined(101)],
    ['huge', `userName eq "${'x'.repeat(5_000)}"`],
    ['huge brackets', '['.repeat(100_000)],
    ['huge quotes', '"a'.repeat(50_000)],
  ])('is refused: %s', async (_name, filter) => {
    await expect(scim.find(filter)).rejects.toMatchObject(refused('invalidFilter'))
  })

  test.each([
    [`userName eq "x' or '1'='1"`],
    [`userName eq "'; drop table tenant_user; --"`],
    ['displayName co "a.*c"'],
    ['displayName ew "(b|c)*$"'],
    ['displayName co "***:(?i)a"'],
    ['displayName ew "(a+)+b"'],
    ['title co "$.** ? (@ == 1)"'],
    ['title eq "$v0"'],
    ['title co "\\u0022 flag \\u0022x"'],
  ])('means its text and finds nobody: %s', async (filter) => {
    expect(await scim.find(filter)).toEqual([])
  })

  test('at the bounds is answered', async () => {
    expect(await scim.find(nested(20))).toEqual([bjensen, jsmith])
    expect(await scim.find(joined(100))).toEqual([bjensen, jsmith])
    const crossed = Array.from({ length: 20 }, (_, n) => `(userName eq "${n}" or title pr)`)
    expect(await scim.find(crossed.join(' and '))).toEqual([bjensen, jsmith])
  })
})

describe('paging, sorting and attributes', () => {
  let many: Scim
  const names = Array.from(
    { length: 25 },
    (_, index) => `p${String(index).padStart(2, '0')}@x.test`,
  )

  beforeAll(async () => {
    many = scimOf(user, 'many')
    for (const userName of names.toReversed())
      await many.createUser({ userName, title: 'T', name: { givenName: 'G', familyName: 'F' } })
  })

  const page = async (query: Record<string, string>) => {
    const { totalResults, startIndex, itemsPerPage, Resources } = await many.listUsers(query)
    const found = Resources.map(({ userName }: { userName: string }) => userName)
    expect(itemsPerPage).toBe(found.length)
    return { totalResults, startIndex, found }
  }

  test('walks through everybody once', async () => {
    const walked: string[] = []
    for (let startIndex = 1; startIndex <= 25; startIndex += 10) {
      const { totalResults, found } = await page({
        startIndex: String(startIndex),
        count: '10',
        sortBy: 'userName',
      })
      expect(totalResults).toBe(25)
      walked.push(...found)
    }
    expect(walked).toEqual(names)
  })

  test('moves numbers into their range, and refuses what is none (section 3.4.2.4)', async () => {
    expect(await page({ count: '0' })).toEqual({ totalResults: 25, startIndex: 1, found: [] })
    expect(await page({ count: '-3' })).toMatchObject({ totalResults: 25, found: [] })
    expect(await page({ startIndex: '-5', count: '1' })).toMatchObject({ startIndex: 1 })
    expect(await page({ startIndex: '26' })).toMatchObject({
      totalResults: 25,
      startIndex: 26,
      found: [],
    })
    expect((await page({ count: '999999999' })).found).toHaveLength(25)
    await expect(many.listUsers({ count: '1e9' })).rejects.toMatchObject(refused('invalidValue'))
    await expect(many.listUsers({ startIndex: '1; drop' })).rejects.toMatchObject(
      refused('invalidValue'),
    )
  })

  test('sorts both ways, by attributes that there are', async () => {
    const descending = await page({ sortBy: 'emails.value', sortOrder: 'descending', count: '3' })
    expect(descending.found).toEqual(names.toReversed().slice(0, 3))
    await expect(many.listUsers({ sortBy: 'secret' })).rejects.toMatchObject(refused('invalidPath'))
    expect((await page({ sortBy: 'nickName' })).found).toHaveLength(25)
  })

  test('ignores parameters that it does not know', async () => {
    expect((await page({ unknown: 'x', count: '2' })).found).toHaveLength(2)
  })

  test('answers the attributes that are asked for, and always the id', async () => {
    const [one] = (
      await many.listUsers({
        count: '1',
        attributes: `userName,name.givenName,${userUrn}:title,secret`,
      })
    ).Resources
    expect(one).toEqual({
      schemas: [userUrn],
      id: expect.any(String),
      userName: expect.any(String),
      name: { givenName: 'G' },
      title: 'T',
    })
    const [rest] = (
      await many.listUsers({ count: '1', excludedAttributes: 'id,NAME.familyName,emails,meta' })
    ).Resources
    expect(rest).toEqual({
      schemas: [userUrn],
      id: expect.any(String),
      userName: expect.any(String),
      displayName: 'G F',
      active: true,
      name: { givenName: 'G' },
      title: 'T',
    })
  })
})

test('texts are compared letter by letter, whatever letters they are', async () => {
  const { id } = await scim.createUser({ userName: 'law@example.com' })
  const letters = fc.constantFrom(...Array.from('aZ0 .*+?()[]{}|^$\\/"\'%_#-:!@é日😀\n\t'))
  const texts = fc.string({ unit: letters, minLength: 1, maxLength: 12 })
  const operators = fc.constantFrom('co', 'sw', 'ew', 'eq', 'ne')
  const holds = { co: 'includes', sw: 'startsWith', ew: 'endsWith' } as const
  await fc.assert(
    fc.asyncProperty(texts, texts, fc.nat(12), operators, async (title, other, at, operator) => {
      // Half of the time a part of the text itself.
      const value = at % 2 ? other : title.slice(Math.min(at, title.length - 1)) || other
      fc.pre(value.isWellFormed())
      await scim.patchUser(id, [{ op: 'replace', path: 'title', value: title }])
      const found = await scim.find(`id eq "${id}" and title ${operator} ${JSON.stringify(value)}`)
      const [have, want] = [title.toLowerCase(), value.toLowerCase()]
      const isSame = have === want
      const expected =
        operator === 'eq'
          ? isSame
          : operator === 'ne'
            ? !isSame
            : have[holds[operator as 'co']](want)
      expect(found).toEqual(expected ? ['law@example.com'] : [])
    }),
    { numRuns: 100 },
  )
}, 120_000)
