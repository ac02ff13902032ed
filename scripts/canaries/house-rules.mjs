const ts = 'services/billing/src/store/canary.ts'
const sql = 'services/billing/migrations/9999-canary.sql'

/** Lines of TypeScript, each with the rule that it breaks; without one it must be spared. */
const lines = [
  ["export const a = 'select * from run'", 'select-star'],
  ['export const b = `select r.* from run r where id = ${a}`', 'select-star'],
  ["export const c = 'insert into run values (1) returning *'", 'select-star'],
  ["export const d = 'select count(*), 2 * 3 from run'"],
  ["export const e = 'set search_path to billing'", 'session-setting'],
  ["export const f = 'begin; set session statement_timeout = 0'", 'session-setting'],
  ["export const g = `select set_config('a.b', $1, false)`", 'session-setting'],
  ["export const h = 'set role owner'", 'session-setting'],
  ["export const i = 'reset search_path'", 'session-setting'],
  ["export const j = 'begin; set local search_path = billing'"],
  ["export const k = `select set_config('a.b', $1, true)`"],
  ["export const l = 'update run set state = 1; update run set state = 2'"],
  ['// oxlint-disable-next-line no-console', 'reason-for-exception'],
  [`export const m = '${['', 'home', 'me'].join('/')}'`, 'path-of-a-machine'],
  ["export const n = '/api/home/work'"],
]

const places = lines.map(([, rule], index) => ({ place: `${ts}:${index + 1}:`, rule }))

export const scenarios = [
  {
    files: {
      [ts]: `${lines.map(([line]) => line).join('\n')}\n`,
      [sql]: '-- set a = 1; select * from run\nset search_path = billing;\nselect * from run;\n',
    },
    complaints: [
      ...places.filter(({ rule }) => rule !== undefined).map(({ place, rule }) => [place, rule]),
      [`${sql}:2:`, 'session-setting'],
      [`${sql}:3:`, 'select-star'],
    ],
    spared: [
      ...places.filter(({ rule }) => rule === undefined).map(({ place }) => [place]),
      [`${sql}:1:`],
    ],
  },
]
