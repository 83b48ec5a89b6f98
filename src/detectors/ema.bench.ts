/** What the moving averages cost, with and without rest: run this file with node. */

import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { Ema, emaOptions } from './ema.ts'
import { filtered } from './filtered.ts'
import { Rest, restOptions } from './rest.ts'
import { printSampleCosts } from './sample-cost.bench.ts'
import { Sma, smaOptions } from './sma.ts'

const random = new Random(1)
const values = Float64Array.from({ length: 200_000 }, () => random.gaussian(50, 5))
const ema = (): Ema => new Ema(optionsWithDefaults(emaOptions))

printSampleCosts(
  {
    ema: ema(),
    'ema with rest': filtered(ema(), [new Rest(optionsWithDefaults(restOptions))]),
    sma: new Sma(optionsWithDefaults(smaOptions)),
  },
  values,
)
