import Handlebars from 'handlebars'

/** Names that a template's source reads from its values, in no order, perhaps several times. */
export function neededVariables(source: string): string[] {
  const reader = new VariableReader()
  reader.accept(Handlebars.parse(source))
  return reader.names
}

/** Collects paths that are values: not helpers, and not inside the lines of a text. */
class VariableReader extends Handlebars.Visitor {
  readonly names: string[] = []

  override PathExpression({ parts: [name] }: hbs.AST.PathExpression): void {
    if (name !== undefined) this.names.push(name)
  }

  override PartialStatement({ params, hash }: hbs.AST.PartialStatement): void {
    this.acceptArray(params)
    if (hash) this.accept(hash)
  }

  override BlockStatement({ params, program, inverse }: hbs.AST.BlockStatement): void {
    this.acceptArray(params)
    this.accept(program)
    // Typed as always there; absent without an `else`, as the hash above without arguments.
    if (inverse) this.accept(inverse)
  }
}
