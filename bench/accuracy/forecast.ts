/**
 * How far forecasts are off, by horizon: the seasonal forecast against the same time a season ago.
 *
 *   node bench/accuracy/forecast.ts [--data DIR]
 *
 * For NAB's taxi rides, NAB's Cloudwatch series and generated ones with a daily rhythm: the mean
 * absolute error of every forecast made in the second half of a series. The seasonal naive forecast
 * is given its period (a day; a week for the rides); ours has to find it. The last value is there
 * to show what needs no season.
 */

import { parseArgs } from 'node:util'
import type { LabelledSeries } from '../../src/evaluation/corpus.ts'
import { readNabCorpus } from '../../src/evaluation/nab-corpus.ts'
import { noiseSeries } from '../../src/evaluation/noise-families.ts'
import { SeasonalForecast } from '../../src/stats/seasonal-forecast.ts'

const dayMs = 86_400_000
const cells = 4096

const { values } = parseArgs({ options: { data: { type: 'string' } } })
const folder = values.data ?? process.env['FOREWARN_DATA']

interface Errors {
  ours: number
  naive: number
  last: number
  count: number
}

function stepOf({ timestampsMs }: LabelledSeries): number {
  const steps = timestampsMs.slice(1, 200).map((at, i) => at - (timestampsMs[i] as number))
  return steps.sort()[steps.length >> 1] as number
}

/** Mean absolute errors at a horizon, in units of the mean absolute step of the series. */
function errors(series: LabelledSeries, horizons: readonly number[], seasonMs: number): Errors[] {
  const { timestampsMs, values: x } = series
  const stepMs = stepOf(series)
  const season = Math.round(seasonMs / stepMs)
  const forecast = new SeasonalForecast({ cellMs: stepMs, cells })
  const found = horizons.map((): Errors => ({ ours: 0, naive: 0, last: 0, count: 0 }))
  for (let i = 0; i < x.length; i++) {
    forecast.push(timestampsMs[i] as number, x[i] as number)
    if (i < x.length / 2) continue
    horizons.forEach((h, k) => {
      const truth = x[i + h]
      if (truth === undefined) return
      const of = found[k] as Errors
      const ago = i + h - Math.ceil(h / season) * season
      of.ours += Math.abs(
        truth - (forecast.at((timestampsMs[i] as number) + h * stepMs)?.value ?? 0),
      )
      of.naive += Math.abs(truth - (x[ago] as number))
      of.last += Math.abs(truth - (x[i] as number))
      of.count++
    })
  }
  console.error(`${series.name}: period ${(forecast.periodMs / 3_600_000).toFixed(2)} h`)
  return found
}

/** Means over series of ours over naive and ours over last, at each horizon. */
function table(name: string, all: readonly LabelledSeries[], seasonMs: number): void {
  const horizons = [1, 6, 12, 48, 288]
  const found = all.map((series) => errors(series, horizons, seasonMs))
  console.log(`\n${name}: ${all.length} series`)
  console.log('horizon    MAE  naive   last  ours/naive  better on')
  horizons.forEach((h, k) => {
    const of = found.map((each) => each[k] as Errors).filter(({ count }) => count > 0)
    const mean = (value: (each: Errors) => number): number =>
      of.reduce((sum, each) => sum + value(each), 0) / of.length
    const ratio = Math.exp(mean((e) => Math.log((e.ours + 1e-9) / (e.naive + 1e-9))))
    const better = of.filter((each) => each.ours < each.naive).length
    const cellsOf = [mean((e) => e.ours / e.count), mean((e) => e.naive / e.count)]
    const texts = [...cellsOf, mean((e) => e.last / e.count)].map((v) =>
      v.toPrecision(4).padStart(9),
    )
    console.log(
      `${String(h).padStart(7)} ${texts.join(' ')} ${ratio.toFixed(3).padStart(8)} ` +
        `${better} of ${of.length}`,
    )
  })
}

if (folder !== undefined) {
  const nab = readNabCorpus(folder)
  const named = (text: string): LabelledSeries[] => nab.filter(({ name }) => name.includes(text))
  table('nyc_taxi, a week as the season', named('nyc_taxi'), 7 * dayMs)
  table('nyc_taxi, a day as the season', named('nyc_taxi'), dayMs)
  table('realAWSCloudwatch', named('realAWSCloudwatch'), dayMs)
}
const generated = ['seasonal', 'mixed'] as const
for (const family of generated) {
  const all = Array.from({ length: 20 }, (_, i) => noiseSeries(family, i, 28 * 288))
  table(`generated, ${family}`, all, dayMs)
}
