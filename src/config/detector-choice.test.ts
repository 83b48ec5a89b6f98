import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import type { AnyOptions } from '../core/options.ts'
import type { Detector, DetectorRow, ScoreFilterRow } from '../detectors/detector.ts'
import { alarmChoice, detectorFactory } from './detector-choice.ts'

/** What each component was made with. */
let made: { name: string; options: AnyOptions }[] = []

function silent(name: string, options: AnyOptions): Detector {
  made.push({ name, options })
  return {
    update(_timestampMs, _value, _learning, assessment) {
      assessment.inProbation = false
      assessment.rawScore = 0.5
      assessment.score = 0.5
    },
    snapshot: () => undefined,
    restore: () => undefined,
  }
}

function filterRow(name: string, factor: number): ScoreFilterRow {
  return {
    about: name,
    options: {
      periodSamples: { kind: 'integer', min: 0, max: 99, default: 5, about: 'How long.' },
      probationSamples: { kind: 'integer', min: 1, max: 1e9, default: 100, about: 'How long.' },
    },
    stateVersion: 1,
    create: (options) => {
      made.push({ name, options })
      return {
        apply: (_value, _learning, assessment) => {
          assessment.score *= factor
        },
        snapshot: () => undefined,
        restore: () => undefined,
      }
    },
  }
}

const detectors: Record<string, DetectorRow> = {
  levels: {
    about: 'Levels.',
    options: {
      theta: { kind: 'integer', min: 2, max: 50, default: 7, about: 'Levels.' },
      range: { kind: 'choice', words: ['learned', 'file', 'fixed'], default: 'learned', about: '' },
      rangeMin: { kind: 'number', min: -1e9, max: 1e9, default: 0, about: '' },
      rangeMax: { kind: 'number', min: -1e9, max: 1e9, default: 1, about: '' },
      probationSamples: { kind: 'integer', min: 1, max: 1e9, default: 100, about: 'How long.' },
    },
    filters: ['half'],
    stateVersion: 1,
    create: (options) => silent('levels', options),
  },
}
const scoreFilters = { half: filterRow('half', 0.5), third: filterRow('third', 1 / 3) }

const facts = { probationSamples: 42, valueMin: -3, valueMax: 9 }

function score(setPairs: readonly string[]): number {
  made = []
  const assessment = new Assessment()
  const detector = detectorFactory('levels', setPairs, { detectors, scoreFilters })(facts)
  detector.update(0, 0, 'on', assessment)
  return assessment.score
}

describe('a chosen detector', () => {
  test('has the filters that its table names, or those that are set, or none', () => {
    expect(score([])).toBe(0.25)
    expect(score(['filters=half,third'])).toBeCloseTo(0.5 / 6, 12)
    expect(score(['filters='])).toBe(0.5)
  })

  test('is told the probation of the file, as its filters are, unless another is set', () => {
    score([])
    expect(made.map(({ options }) => options['probationSamples'])).toEqual([42, 42])
    score(['probation=7'])
    expect(made.map(({ options }) => options['probationSamples'])).toEqual([7, 42])
  })

  test('has its options by their written names, and those of a filter behind a dot', () => {
    score(['theta=10', 'half.period=9'])
    expect(made).toMatchObject([
      { name: 'levels', options: { theta: 10 } },
      { name: 'half', options: { periodSamples: 9 } },
    ])
  })

  test('is given the range of the file where it is asked for, and only there', () => {
    score(['range=file'])
    expect(made[0]?.options).toMatchObject({ range: 'fixed', rangeMin: -3, rangeMax: 9 })
    score([])
    expect(made[0]?.options).toMatchObject({ range: 'learned', rangeMin: 0, rangeMax: 1 })
  })
})

describe('a choice is refused', () => {
  const f = (name: string, setPairs: readonly string[], want: string): void => {
    expect(() => detectorFactory(name, setPairs, { detectors, scoreFilters })).toThrow(
      expect.objectContaining({
        code: 'ERR_CLI_USAGE',
        message: expect.stringContaining(want) as string,
      }) as Error,
    )
  }

  test('with the nearest right name', () => {
    f('level', [], 'unknown detector "level"; did you mean "levels"? (levels)')
    f('levels', ['thea=3'], 'unknown option of detector levels "thea"; did you mean "theta"?')
    f('levels', ['filters=hafl'], 'unknown score filter "hafl"; did you mean "half"?')
    f('levels', ['half.perod=3'], 'of score filter half "perod"; did you mean "period"?')
  })

  test('where a value does not fit', () => {
    f('levels', ['theta=1'], 'option theta of detector levels')
    f('levels', ['theta'], '--set wants option=value, not "theta"')
  })

  test('where an option is of a filter that does not stand there', () => {
    f('levels', ['third.period=3'], '"third" is not among the filters (set filters=…,third)')
    f('levels', ['forth.period=3'], 'unknown score filter "forth"')
  })
})

describe('an alarm by --set', () => {
  test('that waits for trouble to last takes a detector that does not rest', () => {
    const pairs = (name: string, ...set: string[]): readonly string[] =>
      alarmChoice(['alarm.hold=10s', ...set], name).detectorPairs
    expect(pairs('auto')).toEqual(['filters=', 'head=sample'])
    expect(pairs('dasrs', 'theta=9')).toEqual(['filters=rank,likelihood,range-rule', 'theta=9'])
    expect(alarmChoice(['alarm.threshold=.9', 'theta=9'], 'dasrs').detectorPairs).toEqual([
      'theta=9',
    ])
  })
})
