// Gate: no promise is dropped. A statement that makes a promise awaits it, returns it, handles its
// failure (`.catch(f)`, `.then(f, g)`) or says `void`; and no async function is handed to an array's
// method that looks at the answer at once or not at all. Run in the repository's root.
import { relative, resolve } from 'node:path'
import { SyntaxKind } from 'typescript7/unstable/ast'
import { API } from 'typescript7/unstable/sync'

/** Methods of arrays that do not wait for what the function answers, and do not hand it on. */
const impatient = /^(every|filter|find(Last)?(Index)?|forEach|some|sort|toSorted)$/

const configPath = resolve('tsconfig.json')
const api = new API({ cwd: process.cwd() })
const project = api.updateSnapshot({ openProjects: [configPath] }).getProject(configPath)
const { checker, program } = project

function isPromise(type) {
  if (type === undefined) return false
  if (type.isUnionType()) return type.getTypes().some(isPromise)
  const name = type.getSymbol()?.name
  return name === 'Promise' || name === 'PromiseLike' || (type.getBaseTypes() ?? []).some(isPromise)
}

function methodName({ expression }) {
  return expression.kind === SyntaxKind.PropertyAccessExpression ? expression.name.text : ''
}

/** Whether the call itself takes care of a failure. */
function handlesFailure(call) {
  if (call.kind !== SyntaxKind.CallExpression) return false
  const method = methodName(call)
  if (method === 'finally') return handlesFailure(call.expression.expression)
  return call.arguments.length > (method === 'catch' ? 0 : method === 'then' ? 1 : Infinity)
}

function isAsync(node) {
  return node.modifiers?.some(({ kind }) => kind === SyntaxKind.AsyncKeyword) ?? false
}

/** Calls of one file: those that stand as statements, and those that hand on an async function in vain. */
function collectCalls(sourceFile) {
  const statements = []
  const impatientCalls = []
  sourceFile.forEachChild(function visit(node) {
    if (node.kind === SyntaxKind.CallExpression) {
      if (node.parent.kind === SyntaxKind.ExpressionStatement) statements.push(node)
      if (impatient.test(methodName(node)) && node.arguments.some(isAsync))
        impatientCalls.push(node)
    }
    node.forEachChild(visit)
  })
  return { statements, impatientCalls }
}

let callCount = 0
for (const path of project.rootFiles) {
  const sourceFile = program.getSourceFile(path)
  const { statements, impatientCalls } = collectCalls(sourceFile)
  callCount += statements.length
  const types = statements.length === 0 ? [] : checker.getTypeAtLocation(statements)
  const floating = statements.filter((call, i) => isPromise(types[i]) && !handlesFailure(call))
  const complain = (what) => (node) => {
    const line = sourceFile.text.slice(0, node.getStart()).split('\n').length
    console.error(`${relative('.', path)}:${line}: ${what}`)
    process.exitCode = 1
  }
  floating.forEach(complain('floating promise'))
  impatientCalls.forEach(complain('async function where nothing waits for it'))
}
api.close()
if (callCount === 0) throw new Error('read no code')
console.log(`${callCount} calls in ${project.rootFiles.length} files`)
