import { describe, expect, test } from 'vitest'
import { Assessment } from '../../core/assessment.ts'
import { optionsWithDefaults } from '../../core/options.ts'
import { Random } from '../../core/random.ts'
import { Auto } from '../auto.ts'
import { Evidence, evidenceText } from './evidence.ts'
import { autoOptions } from './options.ts'

/** The words for what is said here and nothing else. */
function words(said: Partial<Evidence>): string {
  return evidenceText(Object.assign(new Evidence(), said))
}

describe('evidence in words', () => {
  test('names each kind where it speaks', () => {
    const f = (said: Partial<Evidence>, want: string): void => expect(words(said)).toBe(want)
    f({}, 'several weak signs at once')
    f({ beyondRange: true }, 'outside of everything seen so far')
    f({ standstill: true }, 'the same value for longer than ever')
    f({ offForecast: 2, deviations: 6.12 }, '6.1 σ above forecast')
    f({ offForecast: 2, deviations: -23.4 }, '23 σ below forecast')
    f({ offForecast: 2, deviations: 1e5 }, 'over 100 σ above forecast')
    f({ farOffLevel: 2 }, 'far from its level of late')
    f({ sustained: 2, deviations: -1 }, 'below forecast for a while')
    f({ dayKnown: true, unseenAtThisHour: true, hour: 4 }, 'never seen at this hour (04:00)')
    f({ dayKnown: true, newAtThisTime: 3 }, 'unlike this time of day lately')
    f({ dayKnown: true, newAtThisHour: 3 }, 'unlike this time of day lately')
    f({ newLevels: 3 }, 'new levels lately')
    f({ newPairs: 3 }, 'a change of level seldom seen')
    f({ rarePair: 2 }, 'a change of level seldom seen')
  })

  test('says nothing of the time of the day before a day was seen', () => {
    expect(words({ unseenAtThisHour: true })).toBe('several weak signs at once')
  })

  test('names several, the surest first', () => {
    const said = { beyondRange: true, offForecast: 4, deviations: 12, rarePair: 3 }
    const want = 'outside of everything seen so far; 12 σ above forecast; a change of level'
    expect(words(said)).toBe(`${want} seldom seen`)
  })
})

const minuteMs = 300_000
const dayRows = 288

/** What is said from a fault on, sample by sample, in a series of ten days of five minutes. */
function allSaid(fault: (row: number, value: number) => number): string {
  const auto = new Auto(optionsWithDefaults(autoOptions, { head: 'sample' }))
  const random = new Random(11)
  const assessment = new Assessment()
  const said: string[] = []
  for (let row = 0; row < 12 * dayRows; row++) {
    const usual = 50 + 20 * Math.sin((2 * Math.PI * row) / dayRows) + random.gaussian(0, 0.8)
    assessment.clear()
    auto.update(row * minuteMs, row < 10 * dayRows ? usual : fault(row, usual), 'on', assessment)
    if (row >= 10 * dayRows && assessment.score >= 0.999) said.push(assessment.evidence)
  }
  return said.join('\n')
}

describe('the reason of an alarm', () => {
  test.each([
    ['a value beyond all', (_row: number, value: number) => value + 60, 'outside of everything'],
    ['a jump within the range', (_row: number, value: number) => value + 15, 'σ above forecast'],
    ['a value of another hour', () => 31, 'never seen at this hour (00:00)'],
    ['a standstill', () => 50, 'the same value for longer than ever'],
  ])('names %s', (_what, fault, want) => {
    expect(allSaid(fault)).toContain(want)
  })
})
