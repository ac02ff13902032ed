/** The part of fontkit 2.0.4 that is used; the package brings no types. */
declare module 'fontkit' {
  export type Font = { layout(text: string): unknown }
  /** Parses a font file; tables are read when they are first needed and kept. */
  export function create(bytes: Uint8Array): Font
}
