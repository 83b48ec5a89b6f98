/**
 * Nanoseconds a sample of the moving averages, with and without rest: run this file with node.
 * One series, so all state lies in the caches: the arithmetic alone.
 */

import { Bench } from 'tinybench'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import type { Detector } from './detector.ts'
import { Ema, emaOptions } from './ema.ts'
import { filtered } from './filtered.ts'
import { Rest, restOptions } from './rest.ts'
import { Sma, smaOptions } from './sma.ts'

const random = new Random(1)
const values = Float64Array.from({ length: 10_000 }, () => random.gaussian(50, 5))
const assessment = new Assessment()

function run(detector: Detector): void {
  for (let i = 0; i < values.length; i++) {
    assessment.clear()
    detector.update(i * 1000, values[i]!, 'on', assessment)
  }
}

const ema = new Ema(optionsWithDefaults(emaOptions))
const rested = filtered(new Ema(optionsWithDefaults(emaOptions)), [
  new Rest(optionsWithDefaults(restOptions)),
])
const sma = new Sma(optionsWithDefaults(smaOptions))

const bench = new Bench({ time: 500 })
bench.add('ema', () => run(ema))
bench.add('ema with rest', () => run(rested))
bench.add('sma', () => run(sma))
await bench.run()
for (const { name, result } of bench.tasks) {
  const medianMs = 'latency' in result ? result.latency.p50 : NaN
  console.log(`${name.padEnd(16)} ${((1e6 * medianMs) / values.length).toFixed(1)} ns a sample`)
}
