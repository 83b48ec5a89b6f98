/**
 * Relabel: gives series other labels, so that what several senders call differently has one name.
 *
 * The steps are taken in this order, each on what the one before left:
 *
 *   split    takes a label apart        split: { __name__: 'servers.{host}.{__name__}' }
 *   rename   measurement, field, labels rename_fields: { usage_user: user }
 *   set      sets labels                set: { service: shop, place: '{region}/{rack}' }
 *   name     the name, from labels      name: 'dbaas.cpu.{__field__}.{host}'
 *   drop     takes labels away          drop: ['*']        (the name stays)
 *
 * A template that names a label which is not there does nothing. Two series that end up with the
 * same labels become one; the gate then refuses the second sample of the same time as a duplicate.
 *
 * Cost: worked out once for each Labels object, then one look-up by reference and one new object
 * for each sample.
 */

import { ForewarnError } from '../core/errors.ts'
import { Glob } from '../core/glob.ts'
import { LabelTemplate } from '../core/label-template.ts'
import { LabelsCache } from '../core/labels-cache.ts'
import { fieldLabel, nameLabel } from '../core/labels.ts'
import type { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { SeriesPattern } from '../core/series-pattern.ts'
import type { Transform } from './transform.ts'

export const relabelOptions = {
  match: {
    kind: 'pattern',
    default: '*',
    about: 'Which series are relabelled. All others go through untouched.',
  },
  split: {
    kind: 'text-map',
    default: {},
    about:
      'Takes labels apart: label to template, as __name__: servers.{host}.{__name__}. The last ' +
      'part takes the rest, {_} passes a part over, and another form is left as it is.',
  },
  renameMeasurements: {
    kind: 'text-map',
    default: {},
    about: 'New names of measurements or metrics, by old name.',
  },
  renameFields: {
    kind: 'text-map',
    default: {},
    about: 'New names of fields, by old name.',
  },
  renameLabels: {
    kind: 'text-map',
    default: {},
    about: 'New names of labels, by old name.',
  },
  set: {
    kind: 'text-map',
    default: {},
    about: 'Labels to set, each with a text that may hold other labels as {host}. Empty: remove.',
  },
  name: {
    kind: 'text',
    default: '',
    about: 'The new name of the series, with labels in it as dbaas.cpu.{__field__}.{host}.',
  },
  drop: {
    kind: 'text-list',
    default: [],
    about: 'Labels to take away, by glob over their names; __field__ is one. The name stays.',
  },
} as const satisfies OptionSpecs

export type RelabelOptions = OptionsOf<typeof relabelOptions>

/** See the head of the file. Throws ERR_CONFIG_INVALID where a template cannot be read. */
export class Relabel implements Transform {
  readonly #match: SeriesPattern
  readonly #steps: readonly ((labels: Labels) => Labels)[]
  readonly #relabelled = new LabelsCache<Labels>()

  constructor(options: RelabelOptions) {
    this.#match = new SeriesPattern(options.match)
    this.#steps = stepsOf(options)
  }

  apply(input: readonly Observation[], output: Observation[]): void {
    for (const observation of input) {
      const { labels, timestampMs, remainderNs, value, origin, index } = observation
      const changed = this.#changed(labels)
      if (changed === labels) output.push(observation)
      else output.push({ labels: changed, timestampMs, remainderNs, value, origin, index })
    }
  }

  #changed(labels: Labels): Labels {
    let changed = this.#relabelled.get(labels)
    if (changed === undefined) {
      changed = labels
      if (this.#match.matches(labels)) for (const step of this.#steps) changed = step(changed)
      this.#relabelled.set(labels, changed)
    }
    return changed
  }

  /** Keeps nothing but speed between samples. */
  snapshot(): void {}

  restore(): void {}
}

/** The steps that the options ask for, in order. */
function stepsOf(options: RelabelOptions): ((labels: Labels) => Labels)[] {
  const steps: ((labels: Labels) => Labels)[] = []
  for (const [name, text] of Object.entries(options.split)) steps.push(splitStep(name, text))
  steps.push(renameValueStep(nameLabel, options.renameMeasurements))
  steps.push(renameValueStep(fieldLabel, options.renameFields))
  steps.push(renameLabelsStep(options.renameLabels))
  for (const [name, text] of Object.entries(options.set)) steps.push(setStep(name, text))
  if (options.name !== '') steps.push(setStep(nameLabel, options.name))
  if (options.drop.length > 0) steps.push(dropStep(options.drop))
  return steps
}

function splitStep(name: string, text: string): (labels: Labels) => Labels {
  const template = new LabelTemplate(text)
  if (!template.readable) {
    const message = `cannot split ${name} by "${text}": two placeholders have nothing between them`
    throw new ForewarnError('ERR_CONFIG_INVALID', message)
  }
  return (labels) => {
    const parts = template.parts(labels.get(name) ?? '')
    return parts === undefined ? labels : labels.with(parts)
  }
}

function renameValueStep(
  name: string,
  newNames: Readonly<Record<string, string>>,
): (labels: Labels) => Labels {
  const byOldName = new Map(Object.entries(newNames))
  return (labels) => {
    const renamed = byOldName.get(labels.get(name) ?? '')
    return renamed === undefined ? labels : labels.with([[name, renamed]])
  }
}

/** All at once, so that two labels can change places; the old names that get no new value go. */
function renameLabelsStep(newNames: Readonly<Record<string, string>>): (labels: Labels) => Labels {
  const pairs = Object.entries(newNames)
  return (labels) => {
    const there = pairs.filter(([oldName]) => labels.get(oldName) !== undefined)
    if (there.length === 0) return labels
    const removed = there.map(([oldName]) => [oldName, ''] as const)
    const added = there.map(([oldName, name]) => [name, labels.get(oldName) as string] as const)
    return labels.with([...removed, ...added])
  }
}

function setStep(name: string, text: string): (labels: Labels) => Labels {
  const template = new LabelTemplate(text)
  return (labels) => {
    const value = template.rendered(labels)
    return value === undefined ? labels : labels.with([[name, value]])
  }
}

function dropStep(patterns: readonly string[]): (labels: Labels) => Labels {
  const globs = patterns.map((pattern) => new Glob(pattern))
  return (labels) => {
    const dropped: [string, string][] = []
    for (const [name] of labels.entries()) {
      if (name !== nameLabel && globs.some((glob) => glob.matches(name))) dropped.push([name, ''])
    }
    return dropped.length === 0 ? labels : labels.with(dropped)
  }
}
