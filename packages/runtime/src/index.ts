export {
  type Config,
  type ConfigOrigin,
  type ConfigRow,
  type ConfigSource,
  type ConfigValues,
  defineConfig,
  type LoadedConfig,
  type Variable,
  type VariableTable,
} from './config.ts'
export { envFlag, envInteger, envList, envNumber, envPort, envUrl } from './env-schemas.ts'
export { type CheckResult, type HealthCheck, HealthRegistry, type Readiness } from './health.ts'
export {
  type Component,
  type LifecycleOptions,
  processSignal,
  type RunningComponents,
  runComponents,
  type StartStep,
  startComponents,
} from './lifecycle.ts'
export {
  createLogger,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  silentLogger,
} from './logger.ts'
export {
  type CounterMetric,
  createMetrics,
  durationBuckets,
  type GaugeMetric,
  type HistogramMetric,
  type Metrics,
  noMetrics,
} from './metrics.ts'
export { observabilityVariables } from './observability-variables.ts'
export { redactSecrets } from './redact-secrets.ts'
export { redisClientOptions } from './redis-client-options.ts'
export {
  formatTraceparent,
  parseTraceparent,
  type TraceContext,
  type TraceParent,
  traceContextOf,
} from './trace-context.ts'
export {
  createTracing,
  noTracing,
  type Span,
  type SpanAttributes,
  type SpanKind,
  type SpanOptions,
  type Tracing,
  type TracingOptions,
} from './tracing.ts'
