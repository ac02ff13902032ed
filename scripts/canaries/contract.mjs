const proto = 'contracts/proto/common/v1/common.proto'
const generated = 'contracts/gen/common/v1/common_pb.js'

export const scenarios = [
  {
    files: {
      [proto]: (text) =>
        `${text.replace('int64 amount_cents = 1', 'int32 amount_cents = 1')}\nmessage Bad {\n  string notSnake = 1;\n}\n`,
      [generated]: (text) => `${text}\n`,
    },
    complaints: [
      ['lint:', 'notSnake'],
      ['breaking:', 'changed type'],
      ['npm run generate', 'common/v1/common_pb.js'],
    ],
  },
]
