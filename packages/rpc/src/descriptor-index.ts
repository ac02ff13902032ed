import type { DescExtension, DescFile, DescMessage, DescService } from '@bufbuild/protobuf'
import { nestedTypes } from '@bufbuild/protobuf/reflect'

/**
 * Finds files by what they declare, over the files of the given services and all that they import.
 */
export class DescriptorIndex {
  readonly #filesByName = new Map<string, DescFile>()
  readonly #filesBySymbol = new Map<string, DescFile>()
  readonly #extensions = new Map<string, Map<number, DescFile>>()

  constructor(services: readonly DescService[]) {
    for (const service of services) this.#addFile(service.file)
  }

  fileByName(name: string): DescFile | undefined {
    return this.#filesByName.get(name)
  }

  /** By the full name of a message, field, enum, enum value, service, method or extension. */
  fileOfSymbol(symbol: string): DescFile | undefined {
    return this.#filesBySymbol.get(symbol)
  }

  fileOfExtension(messageName: string, fieldNumber: number): DescFile | undefined {
    return this.#extensions.get(messageName)?.get(fieldNumber)
  }

  /** Undefined for a message that is not known; empty for one without extensions. */
  extensionNumbers(messageName: string): number[] | undefined {
    const extensions = this.#extensions.get(messageName)
    if (extensions) return [...extensions.keys()].toSorted((a, b) => a - b)
    return this.#filesBySymbol.has(messageName) ? [] : undefined
  }

  /** The file and every file that it imports, directly or not, each once, the file first. */
  static withImports(file: DescFile): DescFile[] {
    const files = new Set<DescFile>([file])
    // A set is iterated in order of insertion and takes additions while it is iterated.
    for (const known of files) for (const imported of known.dependencies) files.add(imported)
    return [...files]
  }

  #addFile(root: DescFile): void {
    for (const file of DescriptorIndex.withImports(root)) {
      if (this.#filesByName.has(file.proto.name)) continue
      this.#filesByName.set(file.proto.name, file)
      for (const type of nestedTypes(file)) {
        this.#filesBySymbol.set(type.typeName, file)
        if (type.kind === 'extension') this.#addExtension(type, file)
        if (type.kind === 'message') this.#addMembers(type, type.fields, file)
        if (type.kind === 'service') this.#addMembers(type, type.methods, file)
        if (type.kind === 'enum') this.#addMembers(type, type.values, file)
      }
    }
  }

  #addMembers(
    type: { typeName: string },
    members: readonly { name: string }[],
    file: DescFile,
  ): void {
    for (const { name } of members) this.#filesBySymbol.set(`${type.typeName}.${name}`, file)
  }

  #addExtension(extension: DescExtension, file: DescFile): void {
    const extendee: DescMessage = extension.extendee
    const known = this.#extensions.get(extendee.typeName) ?? new Map<number, DescFile>()
    known.set(extension.number, file)
    this.#extensions.set(extendee.typeName, known)
  }
}
