/**
 * From rules to series: which rule a series falls under, and the detector, filters and alarm that
 * it is given.
 */

import { budgetRate } from '../alarm/budget-rate.ts'
import { Assessment } from '../core/assessment.ts'
import { hash32 } from '../core/hash.ts'
import type { Labels } from '../core/labels.ts'
import type { AnyOptions, OptionSpecs } from '../core/options.ts'
import type { ScoreRows } from '../core/score-rows.ts'
import { SeriesPattern } from '../core/series-pattern.ts'
import type { Detector } from '../detectors/detector.ts'
import { filtered } from '../detectors/filtered.ts'
import type { GateOptions } from '../series/gate.ts'
import { Series } from '../series/series.ts'
import type { SeriesRule } from '../series/series.ts'
import type { ComponentConfig, JudgedRule, RuleConfig } from './config.ts'
import type { Tables } from './tables.ts'

/** What all rules have in common. */
export interface JudgingParts {
  readonly gate: GateOptions
  readonly reportScores: boolean
  readonly reportForecasts?: boolean
  readonly rows?: ScoreRows | undefined
  readonly tables: Pick<Tables, 'detectors' | 'scoreFilters'>
}

/** Makes the series of labels by the first rule that matches; undefined where none wants them. */
export type SeriesFactory = (labels: Labels) => Series | undefined

/** The factory of a list of rules. Detectors are seeded by the series key. */
export function seriesFactory(rules: readonly RuleConfig[], parts: JudgingParts): SeriesFactory {
  const assessment = new Assessment()
  const judges = rules.map((rule) => ({
    pattern: new SeriesPattern(rule.match),
    create: rule.detector === undefined ? undefined : creator(rule, parts, assessment),
  }))
  return (labels) => judges.find(({ pattern }) => pattern.matches(labels))?.create?.(labels)
}

/** Whether any rule wants the series of labels; what `seriesFactory` would make of them. */
export function seriesWanted(rules: readonly RuleConfig[]): (labels: Labels) => boolean {
  const judged = rules.map(({ match, detector }) => {
    return { pattern: new SeriesPattern(match), wants: detector !== undefined }
  })
  return (labels) => judged.find(({ pattern }) => pattern.matches(labels))?.wants === true
}

function creator(
  rule: JudgedRule,
  { tables, ...common }: JudgingParts,
  assessment: Assessment,
): (labels: Labels) => Series {
  const detector = rowOf(tables.detectors, rule.detector)
  const filters = rule.filters.map((filter) => {
    const row = rowOf(tables.scoreFilters, filter)
    return { row, options: filter.options, shape: shapeOf(filter, row.options, row.stateVersion) }
  })
  const shapes = [shapeOf(rule.detector, detector.options, 0), ...filters.map(({ shape }) => shape)]
  const shared: SeriesRule = {
    name: rule.name,
    detector: rule.detector.type,
    alarm: rule.alarm,
    budget: budgetRate(rule.alarm.budget),
    ...common,
    assessment,
    stateVersion: detector.stateVersion,
    stateDigest: hash32(JSON.stringify(shapes)),
  }
  const made = (labels: Labels): Detector =>
    filtered(
      detector.create(rule.detector.options, hash32(labels.key)),
      filters.map(({ row, options }) => row.create(options)),
    )
  return (labels) => new Series(labels, shared, made(labels))
}

/** What a saved state depends on: the component, its layout, and the options that shape it. */
function shapeOf(component: ComponentConfig, specs: OptionSpecs, version: number): unknown {
  const { options } = component
  const shaping = Object.keys(specs).filter((name) => {
    const spec = specs[name]
    if (spec?.shapesState === true) return true
    const byWord = spec?.kind === 'number-or-word' && spec.wordShapesState === true
    return byWord && typeof valueOf(options, name) === 'string'
  })
  return [component.type, version, shaping.sort().map((name) => [name, valueOf(options, name)])]
}

function valueOf(options: AnyOptions, name: string): unknown {
  return options[name]
}

/** The row of a component. The schema lets no other name through. */
export function rowOf<Row>(rows: Readonly<Record<string, Row>>, component: ComponentConfig): Row {
  const row = rows[component.type]
  if (row === undefined) throw new RangeError(`no row called "${component.type}"`)
  return row
}
