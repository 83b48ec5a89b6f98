/**
 * Metrics as text for scrapers: Prometheus text 0.0.4 and OpenMetrics 1.0.0.
 *
 *   # HELP forewarn_sink_reports_total Reports that a sink took.
 *   # TYPE forewarn_sink_reports_total counter
 *   forewarn_sink_reports_total{sink="page"} 1027
 *
 * The formats differ in this: in OpenMetrics the name of a counter in HELP and TYPE lacks `_total`,
 * bounds of buckets always have a decimal point, quotes in help texts are escaped, and the text
 * ends with `# EOF`.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/ and
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */

import type { Family, MetricCell } from './metric.ts'

export type ExpositionFormat = 'prometheus' | 'openmetrics'

const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** The metrics as one body. */
export function exposition(
  metrics: readonly Family[],
  format: ExpositionFormat,
): { contentType: string; body: string } {
  const lines = metrics.flatMap((metric) => familyLines(metric, format))
  if (format === 'openmetrics') lines.push('# EOF')
  return { contentType: contentTypes[format], body: lines.map((line) => line + '\n').join('') }
}

function familyLines(metric: Family, format: ExpositionFormat): string[] {
  const { name, kind, about } = metric.spec
  const samples = [...metric.cells()].flatMap((cell) =>
    kind === 'histogram' ? histogramLines(metric, cell, format) : [valueLine(metric, cell)],
  )
  if (samples.length === 0) return []
  const family =
    format === 'openmetrics' && kind === 'counter' ? name.slice(0, -'_total'.length) : name
  const help = escaped(about, format === 'openmetrics')
  return [`# HELP ${family} ${help}`, `# TYPE ${family} ${kind}`, ...samples]
}

function valueLine({ spec }: Family, cell: MetricCell): string {
  return `${spec.name}${labelText(spec.labels, cell.labelValues)} ${numberText(cell.value)}`
}

function histogramLines({ spec }: Family, cell: MetricCell, format: ExpositionFormat): string[] {
  const names = [...spec.labels, 'le']
  let count = 0
  const buckets = cell.bucketCounts.map((inBucket, i) => {
    count += inBucket
    const bound = boundText(spec.bounds[i] ?? Infinity, format)
    return `${spec.name}_bucket${labelText(names, [...cell.labelValues, bound])} ${count}`
  })
  const labels = labelText(spec.labels, cell.labelValues)
  const sum = `${spec.name}_sum${labels} ${numberText(cell.value)}`
  return [...buckets, sum, `${spec.name}_count${labels} ${count}`]
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return ''
  const pairs = names.map((name, i) => `${name}="${escaped(values[i] ?? '', true)}"`)
  return `{${pairs.join(',')}}`
}

function escaped(text: string, quotesToo: boolean): string {
  const plain = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return quotesToo ? plain.replaceAll('"', '\\"') : plain
}

/** A float as Go writes it. */
function numberText(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  return String(value)
}

function boundText(bound: number, format: ExpositionFormat): string {
  const text = numberText(bound)
  return format === 'openmetrics' && Number.isInteger(bound) ? `${text}.0` : text
}

/** OpenMetrics where the Accept header gives it a quality, and plain text no higher one. */
export function negotiatedFormat(accept: string | undefined): ExpositionFormat {
  let openmetrics = 0
  let plain = 0
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = qualityOf(parameters)
    const version = parameterOf(parameters, 'version')
    if (type === 'application/openmetrics-text' && (version ?? '1.0.0') === '1.0.0') {
      openmetrics = Math.max(openmetrics, quality)
    } else if (type === 'text/plain') plain = Math.max(plain, quality)
  }
  return openmetrics > 0 && openmetrics >= plain ? 'openmetrics' : 'prometheus'
}

/** The q-value, RFC 9110 section 12.4.2; 1 where it is missing, 0 where it is no number. */
function qualityOf(parameters: readonly string[]): number {
  const text = parameterOf(parameters, 'q')
  if (text === undefined) return 1
  const quality = Number(text)
  return quality >= 0 && quality <= 1 ? quality : 0
}

function parameterOf(parameters: readonly string[], name: string): string | undefined {
  const found = parameters.find((parameter) => parameter.startsWith(`${name}=`))
  return found?.slice(name.length + 1).replaceAll('"', '')
}
