import { temporaryFolder } from '@purser/testing'
import { describe, expect, test } from 'vitest'
import { readMigrationFiles } from './migration-files.ts'

describe('readMigrationFiles', () => {
  test('reads the SQL files in order of their numbers', async () => {
    await using folder = await temporaryFolder({
      '0010-later.sql': 'b',
      '0002-init.sql': 'a',
      'README.md': 'not SQL',
    })
    const files = await readMigrationFiles(folder.path)
    expect(files.map(({ name, text }) => [name, text])).toEqual([
      ['0002-init.sql', 'a'],
      ['0010-later.sql', 'b'],
    ])
  })

  test.each([
    [{ 'init.sql': '' }, /is not named like/],
    [{ '1-init.sql': '' }, /is not named like/],
    [{ '0001-a.sql': '', '0001-b.sql': '' }, /repeats a number/],
    [{ '0001-a.sql': 'create table a (id int);\n COMMIT ;' }, /must not end its transaction/],
    [{ '0001-a.sql': 'begin;\nselect 1;' }, /must not end its transaction/],
  ])('refuses %j', async (files, message) => {
    await using folder = await temporaryFolder(files)
    await expect(readMigrationFiles(folder.path)).rejects.toThrow(message)
  })

  test('lets a function have its begin and end', async () => {
    const text = 'create function f() returns void language plpgsql as $$\nbegin\nend;\n$$;'
    await using folder = await temporaryFolder({ '0001-a.sql': text })
    expect(await readMigrationFiles(folder.path)).toHaveLength(1)
  })
})
