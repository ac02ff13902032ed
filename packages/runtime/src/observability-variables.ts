import { z } from 'zod'
import type { VariableTable } from './config.ts'
import { envFlag, envNumber, envUrl } from './env-schemas.ts'

/** The variables of logs, metrics and traces: spread into every program's `defineConfig` table. */
export const observabilityVariables = {
  logLevel: {
    name: 'LOG_LEVEL',
    schema: z.enum(
      ['debug', 'info', 'warn', 'error', 'silent'],
      'expected debug, info, warn, error or silent',
    ),
    default: 'info',
    doc: 'least severe log line that is written',
  },
  observabilityDisabled: {
    name: 'OBSERVABILITY_DISABLED',
    schema: envFlag(),
    default: 'false',
    doc: 'turns metrics and traces off',
  },
  tracesExporter: {
    name: 'OTEL_TRACES_EXPORTER',
    schema: z.enum(['otlp', 'console', 'none'], 'expected otlp, console or none').optional(),
    doc: 'where spans go; unset: otlp when an endpoint is set, otherwise nowhere',
  },
  otlpEndpoint: {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    schema: envUrl(['http', 'https']).optional(),
    doc: 'OpenTelemetry collector, e.g. http://localhost:4318',
  },
  traceSampleRatio: {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    schema: envNumber(0, 1),
    default: '1',
    doc: 'share of traces started here that are recorded, 0 to 1',
  },
} satisfies VariableTable
