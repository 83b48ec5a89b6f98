/**
 * The three models of the RUBiS study as they were: the raw score of hierarchical temporal memory
 * in place of a probability. Models 1 and 2 see the processor, model 3 processor and memory; 1 and
 * 2 warn where this second or one of the seven that are forecast, fed on, has a high score.
 */

import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { tables } from '../config/tables.ts'
import type { GroupDetector } from '../detectors/detector.ts'
import type { WarningSource } from '../evaluation/warning-run.ts'
import type { Objective } from '../warning/objective.ts'
import { BreachWatch } from '../warning/objective.ts'
import { usageError } from './arguments.ts'

export const presetNames = ['rubis-1', 'rubis-2', 'rubis-3'] as const
export type PresetName = (typeof presetNames)[number]

const secondMs = 1000
const horizons = ['1', '2', '3', '4', '5', '6', '7']

/** What a preset is judged on. */
interface Judged {
  readonly metrics: readonly string[]
  readonly objective: Objective
}

/** See the head of the file. Throws ERR_CLI_USAGE where a metric that it needs is not there. */
export function presetSource(name: PresetName, { metrics, objective }: Judged): WarningSource {
  const fields = name === 'rubis-3' ? ['cpu', 'mem'] : ['cpu']
  const places = fields.map((field) => metrics.indexOf(field))
  if (places.includes(-1)) {
    throw usageError(`preset ${name} needs the metrics ${fields.join(', ')}`)
  }
  const detector = presetDetector(name, fields)
  const watch = new BreachWatch(objective)
  const objectiveIndex = metrics.indexOf(objective.metric)
  const assessment = new Assessment()
  let seconds = 0
  return {
    update(values, learning) {
      watch.update(values[objectiveIndex] ?? NaN)
      const own = Float64Array.from(places, (place) => values[place] ?? NaN)
      assessment.clear()
      detector.update(seconds++ * secondMs, own, learning, assessment)
      return watch.over ? NaN : assessment.rawScore
    },
  }
}

function presetDetector(
  name: PresetName,
  fields: readonly string[],
): Pick<GroupDetector, 'update'> {
  const { options, create, createGroup } = tables.detectors['htm'] ?? {}
  if (options === undefined || create === undefined || createGroup === undefined) {
    throw new RangeError('there is no htm of groups')
  }
  const given = { preset: name, probationSamples: 1 }
  if (fields.length > 1) return createGroup(optionsWithDefaults(options, given), 1, fields)
  const one = create(optionsWithDefaults(options, { ...given, horizons, futures: 'scored' }), 1)
  return {
    update: (timestampMs, [value = NaN], learning, assessment) =>
      one.update(timestampMs, value, learning, assessment),
  }
}

/** The preset of a flag. */
export function presetOf(text: string): PresetName {
  const found = presetNames.find((name) => name === text)
  if (found === undefined)
    throw usageError(`no preset "${text}"; there are ${presetNames.join(', ')}`)
  return found
}
