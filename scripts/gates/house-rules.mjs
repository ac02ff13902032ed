// Gate: rules of the house style that no linter here can express, over the texts of TypeScript and
// SQL files. Run in the repository's root.
import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { sourceFiles } from './source-files.mjs'
import { isTestCode } from './test-code.mjs'

/** Rules over SQL, which stands in .sql files and in strings of source that is no test. */
const sqlRules = [
  {
    name: 'select-star',
    why: 'name the columns: a new one must not change what is read',
    pattern: /\b(select|returning)\s+(distinct\s+)?(\w+\.)?\*/i,
    // Functions in SQL that pass on rows of other functions, whose columns are named where those are made.
    except: [
      'services/catalog/migrations/0006-shop-reads.sql',
      'services/metering/migrations/0006-limit-counters.sql',
      'services/metering/migrations/0008-consume.sql',
      'services/metering/migrations/0009-holds.sql',
      'services/metering/migrations/0013-lease-terms.sql',
      'services/metering/migrations/0010-limits-for-anyone.sql',
      'services/metering/migrations/0011-limit-standings.sql',
      'services/metering/migrations/0012-admit-all.sql',
      'services/metering/src/limits/account-entitlement-store.ts',
    ],
  },
  {
    name: 'session-setting',
    why: 'a pooled session is shared: use `set local` or `set_config(..., true)`',
    // The lease of a worker is a session of its own, in no pool.
    except: ['packages/jobs/src/worker-lease.ts'],
    pattern:
      /(^|;)\s*(set\s+(session\s+(?!characteristics)\w+|(?!local\b|session\b)[a-z_.]+\s*(=|\bto\b)|role\b)|reset\s+[a-z])|set_config\s*\([^()]*,\s*false\s*\)/,
  },
]

/** Rules over whole files of code, tests too. */
const codeRules = [
  {
    name: 'reason-for-exception',
    why: 'an exception from the linter says why: `-- because ...`',
    pattern: /(oxlint|eslint)-disable(?!.*\s--\s+\S)/,
  },
  {
    name: 'path-of-a-machine',
    why: 'paths of one machine mean nothing on another',
    pattern: /(^|[^\w.:/-])\/(home|root|work|Users)\/[a-z]/,
  },
]

function lineOf(text, offset) {
  return text.slice(0, offset).split('\n').length
}

function withoutSqlComments(text) {
  return text.replace(/--[^\n]*|\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
}

/** The string literals of a TypeScript file, a template as one text with `?` for each value. */
function strings(path, text) {
  const found = []
  const sourceFile = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  ts.forEachChild(sourceFile, function visit(node) {
    const offset = node.getStart(sourceFile)
    if (ts.isTemplateExpression(node)) {
      const tails = node.templateSpans.map((span) => `?${span.literal.text}`)
      found.push({ offset, text: node.head.text + tails.join('') })
    } else if (ts.isStringLiteralLike(node)) {
      found.push({ offset, text: node.text })
    }
    ts.forEachChild(node, visit)
  })
  return found
}

function sqlTexts(path, text) {
  if (path.endsWith('.sql')) return [{ offset: 0, text: withoutSqlComments(text) }]
  return path.endsWith('.ts') && !isTestCode(path) ? strings(path, text) : []
}

/** Complains of each rule that `text`, which starts at `offset` of the file's whole text, breaks. */
function check(rules, { path, whole, text = whole, offset = 0 }) {
  for (const { name, why, pattern, except } of rules) {
    const match = pattern.exec(text)
    if (match === null || except?.includes(path)) continue
    const found = offset + match.index + match[0].search(/\w/)
    console.error(`${path}:${lineOf(whole, found)}: ${name}: ${why}`)
    process.exitCode = 1
  }
}

const files = sourceFiles(['ts', 'mjs', 'sql']).filter((path) => !path.startsWith('scripts/'))
for (const path of files) {
  const whole = readFileSync(path, 'utf8')
  check(codeRules, { path, whole })
  for (const sql of sqlTexts(path, whole)) check(sqlRules, { path, whole, ...sql })
}
console.log(`${files.length} files`)
