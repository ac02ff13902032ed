const long = 'services/billing/src/domain/canary.ts'
const longSql = 'services/billing/migrations/9999-canary.sql'
const longest = 'services/billing/src/domain/canary-of-400-lines.ts'
const line = '// line\n'

export const scenarios = [
  {
    files: {
      [long]: line.repeat(401),
      [longSql]: line.repeat(401),
      [longest]: line.repeat(400),
    },
    complaints: [[`${long}: 401 lines`], [`${longSql}: 401 lines`]],
    spared: [[longest]],
  },
]
