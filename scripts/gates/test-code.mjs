/**
 * Paths (regular expressions) of code that only tests and tools run, so that it may reach further
 * than the source it stands beside.
 */
export const testCode = [
  '\\.(test|fixture)\\.ts$',
  '-fixtures\\.ts$',
  '^[^/]+/[^/]+/(test|test-contract|conformance)/',
  '^contracts/(plugin|test)/',
  '^packages/testing/',
  '^(bench|scripts)/',
]

const anyOfThem = new RegExp(testCode.join('|'))

/** Whether `path`, relative to the root and with slashes, is such code. */
export function isTestCode(path) {
  return anyOfThem.test(path)
}
