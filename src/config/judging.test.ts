import { describe, expect, test } from 'vitest'
import { Labels } from '../core/labels.ts'
import type { AnyOptions } from '../core/options.ts'
import type { Detector, DetectorRow, ScoreFilterRow } from '../detectors/detector.ts'
import { seriesFactory } from './judging.ts'
import type { SeriesFactory } from './judging.ts'
import { loadConfig } from './load.ts'
import { tables } from './tables.ts'
import type { Tables } from './tables.ts'

/** What detectors and filters were made with, in order. */
interface Made {
  readonly what: string
  readonly options: AnyOptions
  readonly seed?: number
}

/** A detector and a filter that only note how they were made. */
function notingTables(made: Made[]): Tables {
  const options = {
    windowSamples: { kind: 'integer', min: 1, max: 9, default: 5, shapesState: true, about: 'w' },
    rate: {
      kind: 'number-or-word',
      words: ['auto'],
      min: 0,
      max: 9,
      default: 1,
      wordShapesState: true,
      about: 'r',
    },
    bandShare: { kind: 'number', min: 0, max: 9, default: 1, about: 'b' },
  } as const
  const idle = { update: () => {}, snapshot: () => {}, restore: () => {} } satisfies Detector
  const detector: DetectorRow = {
    about: 'notes',
    options,
    filters: ['soft'],
    stateVersion: 3,
    create: (given, seed) => (made.push({ what: 'noting', options: given, seed }), idle),
  }
  const filter: ScoreFilterRow = {
    about: 'notes',
    options,
    stateVersion: 1,
    create: (given) => {
      made.push({ what: 'soft', options: given })
      return { apply: () => {}, snapshot: () => {}, restore: () => {} }
    },
  }
  return {
    ...tables,
    detectors: { noting: detector },
    scoreFilters: { soft: filter },
    defaultDetector: 'noting',
  }
}

function factoryOf(rules: string, made: Made[] = []): SeriesFactory {
  const all = notingTables(made)
  const text = `sources: { h: { type: host } }\ndetectors: ${rules}`
  const file = { name: 'forewarn.yaml', text }
  const config = loadConfig({ file, environment: {}, sets: [] }, all)
  return seriesFactory(config.rules, { gate: config.gate, reportScores: true, tables: all })
}

const cpu = Labels.named('cpu', [['host', 'vm1']])
const memory = Labels.named('mem')

describe('the rule of a series', () => {
  test('is the first one that matches', () => {
    const create = factoryOf('[{ match: "c*", name: one }, { match: "*", name: two }]')
    expect(create(cpu)?.rule.name).toBe('one')
    expect(create(memory)?.rule.name).toBe('two')
  })

  test('may be found by labels', () => {
    const create = factoryOf('[{ match: { host: "vm?" }, name: one }]')
    expect(create(cpu)?.rule.name).toBe('one')
  })

  test('is none where none matches, and where it says so', () => {
    const create = factoryOf('[{ match: mem, detector: none }, { match: "m*" }]')
    expect(create(memory)).toBeUndefined()
    expect(create(cpu)).toBeUndefined()
  })

  test('is shared by all of its series', () => {
    const create = factoryOf('[{ match: "*" }]')
    expect(create(cpu)?.rule).toBe(create(memory)?.rule)
  })
})

describe('a series is made', () => {
  test('with the detector of its rule and that detector’s usual filters', () => {
    const made: Made[] = []
    factoryOf('[{ match: "*", window: 7, soft: { window: 2 } }]', made)(cpu)
    expect(made.map(({ what, options }) => [what, options])).toEqual([
      ['noting', { windowSamples: 7, rate: 1, bandShare: 1 }],
      ['soft', { windowSamples: 2, rate: 1, bandShare: 1 }],
    ])
  })

  test('without filters where the rule says none', () => {
    const made: Made[] = []
    factoryOf('[{ match: "*", filters: [] }]', made)(cpu)
    expect(made.map(({ what }) => what)).toEqual(['noting'])
  })

  test('with a seed that its key alone decides', () => {
    const made: Made[] = []
    const rules = '[{ match: "*", filters: [] }]'
    factoryOf(rules, made)(cpu)
    factoryOf(rules, made)(memory)
    factoryOf(rules, made)(Labels.named('cpu', [['host', 'vm1']]))
    expect(made[0]?.seed).toBe(made[2]?.seed)
    expect(made[0]?.seed).not.toBe(made[1]?.seed)
  })
})

describe('a saved state fits', () => {
  const digest = (rule: string): number | undefined => {
    return factoryOf(`[{ match: "*", ${rule} }]`)(cpu)?.rule.stateDigest
  }
  const usual = digest('name: x')

  test('after a change of the alarm, or of an option that shapes no state', () => {
    expect(digest('alarm: { threshold: .5 }')).toBe(usual)
    expect(digest('band_share: 3')).toBe(usual)
    expect(digest('soft: { band_share: 3 }')).toBe(usual)
    expect(digest('rate: 2')).toBe(usual)
  })

  test('no more after a change of what shapes it', () => {
    expect(digest('window: 7')).not.toBe(usual)
    expect(digest('soft: { window: 7 }')).not.toBe(usual)
    expect(digest('filters: []')).not.toBe(usual)
    expect(digest('rate: auto')).not.toBe(usual)
  })
})
