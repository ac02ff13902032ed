import { registerHooks } from 'node:module'

/**
 * Told to Node with `--import` before the platform's own entry: puts the armed order service into the
 * place of `@purser/order`. The platform itself knows nothing of it.
 */
const armedUrl = new URL('./armed-order.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@purser/order' && context.parentURL !== armedUrl
      ? next(armedUrl, context)
      : next(specifier, context),
})
