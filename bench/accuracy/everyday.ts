/**
 * False alarms a day on series as services make them, none of which `auto` was built on.
 *
 *   node bench/accuracy/everyday.ts [--series 5] [--days 28] [--step 60]
 *
 * Each kind is generated, seeded, without trouble. What a person would want to hear of, a
 * deployment that moves a level, counts as right where the alarm comes within the hour.
 */

import { parseArgs } from 'node:util'
import { defaultThreshold } from '../../src/alarm/rule.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Random } from '../../src/core/random.ts'
import { Auto } from '../../src/detectors/auto.ts'
import { autoOptions } from '../../src/detectors/auto/options.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
/** A Monday. */
const startMs = Date.parse('2026-01-05T00:00:00Z')

/** The value of a moment; `moved` says that a deployment took place there. */
interface Made {
  readonly value: number
  readonly moved?: boolean
}
type Maker = (random: Random, stepMs: number) => (atMs: number) => Made

/** Share of the busiest hour: nights are quiet, weekends half as busy. */
function busyness(atMs: number): number {
  const hour = (atMs % dayMs) / hourMs
  const weekend = Math.floor((atMs - startMs) / dayMs) % 7 >= 5
  const day = 0.15 + 0.85 * Math.max(0, Math.sin((Math.PI * (hour - 5)) / 17)) ** 1.5
  return (weekend ? 0.5 : 1) * day
}

const lognormal = (random: Random, deviation: number): number =>
  Math.exp(random.gaussian(0, deviation))

const makers: Readonly<Record<string, Maker>> = {
  requests: (random) => {
    let slow = 0
    return (atMs) => {
      slow = 0.98 * slow + random.gaussian(0, 0.01)
      const mean = 900 * busyness(atMs) * (1 + slow)
      return { value: Math.max(0, Math.round(mean + random.gaussian(0, Math.sqrt(mean) * 1.5))) }
    }
  },
  'latency, 95th percentile': (random) => (atMs) => ({
    value: (80 + 60 * busyness(atMs) ** 2) * lognormal(random, 0.12),
  }),
  'cpu with a nightly job': (random, stepMs) => {
    let load = 0
    return (atMs) => {
      load = 0.8 * load + random.gaussian(0, 1.2)
      const minute = (atMs % dayMs) / 60_000
      const job = minute >= 120 + (atMs % 7) && minute < 145 + (Math.floor(atMs / dayMs) % 5) * 2
      const value = 12 + 45 * busyness(atMs) + (job ? 35 : 0) + load * Math.sqrt(60_000 / stepMs)
      return { value: Math.max(0, Math.min(100, value)) }
    }
  },
  'memory as a saw': (random, stepMs) => {
    let used = 300
    return () => {
      used += (stepMs / hourMs) * (6 + random.gaussian(0, 3))
      if (used > 900 - random.below(100)) used = 300 + random.below(20)
      return { value: Math.round(10 * (used + random.gaussian(0, 2))) / 10 }
    }
  },
  'level moved by deployments': (random, stepMs) => {
    let level = 200
    let since = 0
    return () => {
      since += stepMs
      const moved = since > 4 * dayMs && random.below(Math.round(dayMs / stepMs)) === 0
      if (moved) {
        level *= random.below(2) === 0 ? 1.6 : 0.6
        since = 0
      }
      return { value: level * (1 + random.gaussian(0, 0.03)), moved }
    }
  },
  'errors, nearly none': (random) => (atMs) => ({
    value: random.uniform() < 0.02 + 0.05 * busyness(atMs) ? 1 + random.below(3) : 0,
  }),
  'queue in bursts': (random) => {
    let depth = 0
    return (atMs) => {
      if (random.uniform() < 0.02 * busyness(atMs)) depth += 30 * lognormal(random, 0.7)
      depth *= 0.7
      return { value: Math.round(depth) }
    }
  },
  'disk with a daily cleaning': (random, stepMs) => {
    let used = 40
    return (atMs) => {
      used += (stepMs / dayMs) * 3.02 + Math.abs(random.gaussian(0, 0.0005))
      if (atMs % dayMs < stepMs) used -= 3
      return { value: Math.round(100 * used) / 100 }
    }
  },
  'never moves': () => () => ({ value: 512 }),
}

const { values: flags } = parseArgs({
  options: {
    series: { type: 'string', default: '5' },
    days: { type: 'string', default: '28' },
    step: { type: 'string', default: '60' },
  },
})
const [count, days, stepMs] = [Number(flags.series), Number(flags.days), 1000 * Number(flags.step)]

console.log(
  `alarms a day and series that were none, one sample in ${stepMs / 1000} s, ${count} each`,
)
console.log('                             day 1  days 2-7  later   moves told')
const spans = [1, 7, days] as const
const sums = spans.map(() => 0)
for (const [name, make] of Object.entries(makers)) {
  const wrong = spans.map(() => 0)
  let [moves, told] = [0, 0]
  for (let i = 0; i < count; i++) {
    const value = make(new Random(i + 1), stepMs)
    const auto = new Auto(optionsWithDefaults(autoOptions))
    const assessment = new Assessment()
    let movedMs = -Infinity
    let heard = true
    for (let atMs = startMs; atMs < startMs + days * dayMs; atMs += stepMs) {
      const made = value(atMs)
      if (made.moved === true) {
        moves++
        movedMs = atMs
        heard = false
      }
      assessment.clear()
      auto.update(atMs, made.value, 'on', assessment)
      if (assessment.score < defaultThreshold) continue
      if (atMs - movedMs > hourMs) wrong[spans.findIndex((to) => atMs < startMs + to * dayMs)]!++
      else if (!heard) {
        heard = true
        told++
      }
    }
  }
  const rates = wrong.map((each, k) => each / count / ((spans[k] ?? 0) - (spans[k - 1] ?? 0)))
  rates.forEach((rate, k) => (sums[k] = (sums[k] ?? 0) + rate))
  const columns = rates.map((rate) => rate.toFixed(2).padStart(7)).join('  ')
  console.log(`${name.padEnd(27)}${columns}   ${moves > 0 ? `${told} of ${moves}` : ''}`)
}
const means = sums.map((sum) => (sum / Object.keys(makers).length).toFixed(2).padStart(7))
console.log(`${'mean'.padEnd(27)}${means.join('  ')}`)
