/**
 * From rules to series: which rule a series falls under, and the detector, filters and alarm that
 * it is given.
 */

import { budgetRate } from '../alarm/budget-rate.ts'
import { Assessment } from '../core/assessment.ts'
import { hash32 } from '../core/hash.ts'
import type { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { AnyOptions, OptionSpecs } from '../core/options.ts'
import type { ScoreRows } from '../core/score-rows.ts'
import type { ScoreRuns } from '../core/score-run.ts'
import { SeriesPattern } from '../core/series-pattern.ts'
import type { Detector, DetectorRow } from '../detectors/detector.ts'
import { filtered } from '../detectors/filtered.ts'
import { EachField, grouped } from '../detectors/group.ts'
import type { CatalogOptions } from '../series/catalog.ts'
import type { GateOptions } from '../series/gate.ts'
import type { Grade, Weight } from '../series/quota.ts'
import { Series } from '../series/series.ts'
import type { SeriesRule } from '../series/series.ts'
import type { ComponentConfig, JudgedRule, RuleConfig } from './config.ts'
import { mustLast } from './settle.ts'
import type { Tables } from './tables.ts'

/** What all rules have in common. */
export interface JudgingParts {
  readonly gate: GateOptions
  readonly reportScores: boolean
  readonly reportForecasts?: boolean
  readonly rows?: ScoreRows | undefined
  readonly runs?: ScoreRuns | undefined
  readonly tables: Pick<Tables, 'detectors' | 'scoreFilters'>
  /** Absent: no quota. */
  readonly quota?: Pick<CatalogOptions, 'quota' | 'overQuota'>
}

/** Makes the series of labels by the first rule that matches; undefined where none wants them. */
export type SeriesFactory = (labels: Labels, grade?: Grade) => Series | undefined

/** The factory of a list of rules. Detectors are seeded by the series key. */
export function seriesFactory(rules: readonly RuleConfig[], parts: JudgingParts): SeriesFactory {
  const assessment = new Assessment()
  const judges = rules.map((rule) => ({
    pattern: new SeriesPattern(rule.match),
    create: rule.detector === undefined ? undefined : creators(rule, parts, assessment),
  }))
  return (labels, grade = 'full') =>
    judges.find(({ pattern }) => pattern.matches(labels))?.create?.[grade](labels)
}

/** Whether any rule wants the series of labels; what `seriesFactory` would make of them. */
export function seriesWanted(rules: readonly RuleConfig[]): (labels: Labels) => boolean {
  const judged = rules.map(({ match, detector }) => {
    return { pattern: new SeriesPattern(match), wants: detector !== undefined }
  })
  return (labels) => judged.find(({ pattern }) => pattern.matches(labels))?.wants === true
}

/** Whether the series of labels falls under a rule with a heavy detector. */
export function seriesHeavy(
  rules: readonly RuleConfig[],
  { detectors }: Pick<Tables, 'detectors'>,
): (labels: Labels) => string | undefined {
  const judged = rules.map(({ match, detector }) => {
    const heavy = detector !== undefined && rowOf(detectors, detector).heavy === true
    return { pattern: new SeriesPattern(match), heavy: heavy ? detector.type : undefined }
  })
  return (labels) => judged.find(({ pattern }) => pattern.matches(labels))?.heavy
}

type Creator = (labels: Labels) => Series

/** How a rule makes its series: with its detector, or a light one where that is heavy. */
function creators(
  rule: JudgedRule,
  parts: JudgingParts,
  assessment: Assessment,
): Readonly<Record<Grade, Creator>> {
  const { tables, quota = { quota: 0, overQuota: 'ema' } } = parts
  const heavy = rowOf(tables.detectors, rule.detector).heavy === true
  const full = creator(rule, parts, assessment, { weight: heavy ? { heavy } : {}, shape: [] })
  if (!heavy || quota.quota === 0) return { full, light: full }
  const weight = { insteadOf: rule.detector.type }
  const shape = [quota.overQuota, quota.quota]
  const light = creator(lightRule(rule, quota.overQuota, tables), parts, assessment, {
    weight,
    shape,
  })
  return { full, light }
}

/** The rule with a light detector; conditions on the detector's own numbers are the heavy one's. */
function lightRule(
  rule: JudgedRule,
  type: string,
  { detectors, scoreFilters }: JudgingParts['tables'],
): JudgedRule {
  const alarm = { ...rule.alarm, rawScoreMin: 0, confidenceMin: 0 }
  const lasting = mustLast(alarm)
  const row = rowOf(detectors, { type, options: {} })
  const options = optionsWithDefaults(row.options, lasting ? row.whereLasting : {}) as AnyOptions
  const filters = row.filters.flatMap((name): ComponentConfig[] => {
    const filter = rowOf(scoreFilters, { type: name, options: {} })
    const mutes = filter.mutes === true
    if (mutes && lasting) return []
    const given = mutes ? { threshold: alarm.threshold } : {}
    return [{ type: name, options: optionsWithDefaults(filter.options, given) as AnyOptions }]
  })
  return { ...rule, alarm, detector: { type, options }, filters }
}

/** What a grade adds to a rule. */
interface Graded {
  readonly weight: Weight
  /** What its saved state depends on besides its components. */
  readonly shape: readonly unknown[]
}

function creator(
  rule: JudgedRule,
  { tables, quota: _quota, ...common }: JudgingParts,
  assessment: Assessment,
  { weight, shape }: Graded,
): Creator {
  const detector = rowOf(tables.detectors, rule.detector)
  const filters = rule.filters.map((filter) => {
    const row = rowOf(tables.scoreFilters, filter)
    return { row, options: filter.options, shape: shapeOf(filter, row.options, row.stateVersion) }
  })
  const shapes = [shapeOf(rule.detector, detector.options, 0), ...filters.map((each) => each.shape)]
  if (shape.length > 0) shapes.push(shape)
  const shared: SeriesRule = {
    name: rule.name,
    detector: rule.detector.type,
    alarm: rule.alarm,
    budget: budgetRate(rule.alarm.budget),
    ...common,
    ...(detector.warns === true ? { warns: true } : {}),
    ...weight,
    assessment,
    stateVersion: detector.stateVersion,
    stateDigest: hash32(JSON.stringify(shapes)),
  }
  const made = (labels: Labels): Detector =>
    filtered(
      detectorOf(detector, rule.detector.options, labels),
      filters.map(({ row, options }) => row.create(options)),
    )
  return (labels) => new Series(labels, shared, made(labels))
}

/** The detector of a series, or of a group: seeded by its key. */
function detectorOf(row: DetectorRow, options: AnyOptions, { key, fields }: Labels): Detector {
  const seed = hash32(key)
  if (fields.length === 0) return row.create(options, seed)
  const together = row.createGroup?.(options, seed, fields)
  const apart = (): EachField => new EachField(fields.map((_, f) => row.create(options, seed + f)))
  return grouped(together ?? apart(), fields)
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
