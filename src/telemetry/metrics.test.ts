import { describe, expect, test } from 'vitest'
import { negotiatedFormat } from './exposition.ts'
import { Metrics } from './metrics.ts'
import { addProcessMetrics } from './process-metrics.ts'

const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

describe('Prometheus text', () => {
  test('has help, type and samples of each family together', () => {
    const metrics = new Metrics()
    const taken = metrics.counter('fw_taken_total', 'What was taken.', ['source'])
    metrics.gauge('fw_series', 'Series held.').set(3)
    taken.add(2, 'a')
    taken.add(1.5, 'b')
    taken.add(1, 'a')
    expect(metrics.scrape()).toEqual({
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      body: [
        '# HELP fw_taken_total What was taken.',
        '# TYPE fw_taken_total counter',
        'fw_taken_total{source="a"} 3',
        'fw_taken_total{source="b"} 1.5',
        '# HELP fw_series Series held.',
        '# TYPE fw_series gauge',
        'fw_series 3',
        '',
      ].join('\n'),
    })
  })

  test('counts a histogram up to each bound, with its sum and count', () => {
    const metrics = new Metrics()
    const took = metrics.duration('fw_write_duration_seconds', 'Writes.', ['sink'])
    // Bounds .001 .005 .02 .1 .5 1 5 10 30: one at .005, one below .5, one above all.
    for (const seconds of [0.005, 0.25, 40]) took.observe(seconds, 'out')
    expect(metrics.scrape().body.split('\n').slice(2, -1)).toEqual([
      'fw_write_duration_seconds_bucket{sink="out",le="0.001"} 0',
      'fw_write_duration_seconds_bucket{sink="out",le="0.005"} 1',
      'fw_write_duration_seconds_bucket{sink="out",le="0.02"} 1',
      'fw_write_duration_seconds_bucket{sink="out",le="0.1"} 1',
      'fw_write_duration_seconds_bucket{sink="out",le="0.5"} 2',
      'fw_write_duration_seconds_bucket{sink="out",le="1"} 2',
      'fw_write_duration_seconds_bucket{sink="out",le="5"} 2',
      'fw_write_duration_seconds_bucket{sink="out",le="10"} 2',
      'fw_write_duration_seconds_bucket{sink="out",le="30"} 2',
      'fw_write_duration_seconds_bucket{sink="out",le="+Inf"} 3',
      'fw_write_duration_seconds_sum{sink="out"} 40.255',
      'fw_write_duration_seconds_count{sink="out"} 3',
    ])
  })

  test('escapes label values and help, and writes numbers as Go does', () => {
    const metrics = new Metrics()
    const gauge = metrics.gauge('fw_odd', 'A \\ and a\nline and a "quote".', ['name'])
    gauge.set(NaN, 'a"b\\c\nd')
    gauge.set(Infinity, 'x')
    gauge.set(-Infinity, 'y')
    expect(metrics.scrape().body).toBe(
      '# HELP fw_odd A \\\\ and a\\nline and a "quote".\n' +
        '# TYPE fw_odd gauge\n' +
        'fw_odd{name="a\\"b\\\\c\\nd"} NaN\n' +
        'fw_odd{name="x"} +Inf\n' +
        'fw_odd{name="y"} -Inf\n',
    )
  })

  test('shows 0 for what has no labels, and leaves out families without a sample', () => {
    const metrics = new Metrics()
    metrics.counter('fw_quiet_total', 'Nothing yet.')
    metrics.counter('fw_none_total', 'No source yet.', ['source'])
    expect(metrics.scrape().body).toBe(
      '# HELP fw_quiet_total Nothing yet.\n# TYPE fw_quiet_total counter\nfw_quiet_total 0\n',
    )
  })
})

test('OpenMetrics names counter families without _total, has float bounds and an end', () => {
  const metrics = new Metrics()
  metrics.counter('fw_taken_total', 'A "quote".').add(1)
  metrics.duration('fw_took_seconds', 'Took.').observe(1)
  const { contentType, body } = metrics.scrape('application/openmetrics-text')
  expect(contentType).toBe(openMetricsType)
  const lines = body.split('\n')
  expect(lines.slice(0, 3)).toEqual([
    '# HELP fw_taken A \\"quote\\".',
    '# TYPE fw_taken counter',
    'fw_taken_total 1',
  ])
  expect(lines).toContain('fw_took_seconds_bucket{le="1.0"} 1')
  expect(lines).toContain('fw_took_seconds_bucket{le="+Inf"} 1')
  expect(lines.slice(-2)).toEqual(['# EOF', ''])
})

test('the format is the one that the Accept header prefers', () => {
  function f(accept: string | undefined, want: string): void {
    expect(negotiatedFormat(accept)).toBe(want)
  }
  f(undefined, 'prometheus')
  f('', 'prometheus')
  f('*/*', 'prometheus')
  f('text/html,application/xhtml+xml,*/*;q=0.8', 'prometheus')
  f('application/openmetrics-text', 'openmetrics')
  f('application/openmetrics-text;version="1.0.0";q=0.5', 'openmetrics')
  f('application/openmetrics-text;version=0.0.1', 'prometheus')
  f('application/openmetrics-text;q=0', 'prometheus')
  f('application/openmetrics-text;q=0.4, text/plain;q=0.5', 'prometheus')
  f('application/openmetrics-text;q=huge, text/plain;q=0.5', 'prometheus')
  // What Prometheus 2.x sends.
  f(
    'application/openmetrics-text;version=1.0.0;q=0.5,' +
      'application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'openmetrics',
  )
})

describe('a metric', () => {
  test('keeps 500 combinations of labels apart and counts the rest as other', () => {
    const metrics = new Metrics()
    const counter = metrics.counter('fw_rejections_total', 'By reason.', ['source', 'reason'])
    for (let i = 0; i < 2000; i++) counter.add(1, `source-${i}`, 'malformed')
    const samples = metrics.scrape().body.split('\n').slice(2, -1)
    expect(samples).toHaveLength(501)
    expect(samples.at(-1)).toBe('fw_rejections_total{source="other",reason="other"} 1500')
    const sum = samples.reduce((all, line) => all + Number(line.split(' ')[1]), 0)
    expect(sum).toBe(2000)
  })

  test('that counts cannot fall, and wants all its labels', () => {
    const metrics = new Metrics()
    const counter = metrics.counter('fw_a_total', 'A.', ['source'])
    expect(() => counter.add(-1, 'x')).toThrow(RangeError)
    expect(() => counter.add(NaN, 'x')).toThrow(RangeError)
    expect(() => counter.add(1)).toThrow('has labels source')
  })

  test('is declared once, and a counter ends in _total', () => {
    const metrics = new Metrics()
    metrics.gauge('fw_a', 'A.')
    expect(() => metrics.gauge('fw_a', 'A.')).toThrow('declared already')
    expect(() => metrics.counter('fw_b', 'B.')).toThrow('_total')
  })
})

test('the process is measured at each scrape', () => {
  const metrics = new Metrics()
  const end = addProcessMetrics(metrics)
  const value = (name: string): number => {
    const line = metrics
      .scrape()
      .body.split('\n')
      .find((text) => text.startsWith(name + ' ') || text.startsWith(name + '{'))
    return Number(line?.split(' ').at(-1))
  }
  const before = value('process_cpu_seconds_total')
  let sum = 0
  for (let i = 0; i < 5e6; i++) sum += Math.sqrt(i)
  expect(sum).toBeGreaterThan(0)
  expect(value('process_cpu_seconds_total')).toBeGreaterThan(before)
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(10e6)
  expect(value('nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6)
  expect(value('process_start_time_seconds')).toBeGreaterThan(1.7e9)
  expect(value('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0)
  end()
})
