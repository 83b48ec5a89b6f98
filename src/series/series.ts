/**
 * One series: its gate, detector and alarm, and the last position it has taken.
 *
 *   observation ─▶ taken already? ─▶ gate ─▶ detector ─▶ decision ─▶ alarm ─▶ reports
 *                  (by position)     │
 *                                    └▶ rejection
 *
 * Synchronous and pure: time is in the observations and ticks. What is shared by all series of a
 * rule (options, the reused assessment) is held once in a SeriesRule, so that a hundred thousand
 * series stay small.
 */

import { Alarm } from '../alarm/alarm.ts'
import type { Attention } from '../alarm/attention.ts'
import { Budget } from '../alarm/budget.ts'
import type { BudgetRate } from '../alarm/budget-rate.ts'
import type { AlarmRule } from '../alarm/rule.ts'
import { budgetedDecision, decision } from '../alarm/decision.ts'
import { reasonInWords } from '../alarm/reason.ts'
import type { Assessment, Status } from '../core/assessment.ts'
import { sampleFlags } from '../core/feed.ts'
import { writeLabels } from '../core/labels.ts'
import type { Labels } from '../core/labels.ts'
import type { KeyedOwner, Mark } from '../core/ledger.ts'
import type { Observation, Origin } from '../core/observation.ts'
import { PositionMemory } from '../core/position-memory.ts'
import type { RejectionReason } from '../core/rejection.ts'
import type { AcknowledgeRecord, LabelRecord } from '../core/record.ts'
import type { AlarmNews, AlarmState, Report, SilenceMark } from '../core/report.ts'
import type { ScoreRows } from '../core/score-rows.ts'
import { scoreReport } from '../core/score-run.ts'
import type { ScoreRuns } from '../core/score-run.ts'
import type { Slab } from '../core/slab.ts'
import { sealedSnapshot } from '../core/snapshot.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import type { Detector, Fact } from '../detectors/detector.ts'
import { alarmNamesOf, alarmReport, wordsOf } from './alarm-report.ts'
import type { Cause } from './alarm-report.ts'
import type { ExplainedAlarm } from './explanation.ts'
import { addForesight } from './foresight.ts'
import { ReorderBuffer, unfit } from './gate.ts'
import type { GateOptions } from './gate.ts'
import { layoutVersion, seriesLayout } from './layout.ts'
import type { Weight } from './quota.ts'
import { ownerKeyOf } from './owner-key.ts'
import { readFront, writeFront } from './series-front.ts'
import type { SeriesHome } from './series-home.ts'
import { sampleRejection } from './sample-rejection.ts'
import type { SeriesSummary } from './series-summary.ts'

/** What all series of one detector rule share. */
export interface SeriesRule extends Weight {
  /** Name of the rule in the configuration; part of alarm ids. */
  readonly name: string
  /** Name of the detector, for people. */
  readonly detector: string
  readonly alarm: AlarmRule
  readonly budget?: BudgetRate | undefined
  readonly gate: GateOptions
  /** Reused for every sample of every series: one thread, no await in between. */
  readonly assessment: Assessment
  /** Whether anybody wants score reports. */
  readonly reportScores: boolean
  /** Where score reports are put as rows; absent: among the other reports. */
  readonly runs?: ScoreRuns | undefined
  /** Whether anybody wants forecast reports; absent: nobody. */
  readonly reportForecasts?: boolean
  /** Whether its detector warns of breaches. */
  readonly warns?: boolean
  /** Where the history takes scored samples from; absent where none is kept. */
  readonly rows?: ScoreRows | undefined
  /** Layout of the detector's and filters' state, and hash of the options that shape it. */
  readonly stateVersion: number
  readonly stateDigest: number
}

/** See the head of the file. */
export class Series implements KeyedOwner {
  readonly labels: Labels
  readonly rule: SeriesRule
  readonly #detector: Detector
  /** Made with the first sample that is not quiet: most series never need one. */
  #alarm: Alarm | undefined
  readonly #budget: Budget | undefined
  #lastTimestampMs = -Infinity
  #lastRemainderNs = 0
  #positions = new PositionMemory()
  #reorder: ReorderBuffer | undefined
  #lastValue = NaN
  #lastScore = 0
  #status: Status = 'probation'
  #learnedSamples = 0
  #probationSamples = 0
  /** Its number in `rule.rows`. */
  #row = 0
  /** The catalog that holds it; undefined once forgotten, so that held references notice. */
  home: SeriesHome | undefined = undefined
  mark: Mark = 'clean'

  constructor(labels: Labels, rule: SeriesRule, detector: Detector) {
    this.labels = labels
    this.rule = rule
    this.#detector = detector
    if (rule.budget) this.#budget = new Budget(rule.budget, labels.key)
  }

  /** Judges and learns one observation; appends reports. Skips what it has taken already. */
  update(observation: Observation, reports: Report[]): void {
    if (!this.#positions.take(observation.origin, observation.index)) return
    const reason = unfit(observation, this.rule.gate)
    if (reason !== undefined) this.#reject(observation, reason, reports)
    else if (this.rule.gate.reorderWindowMs > 0) this.#reordered(observation, reports)
    else this.#judge(observation, reports)
  }

  #reordered(observation: Observation, reports: Report[]): void {
    const buffer = (this.#reorder ??= new ReorderBuffer())
    if (observation.timestampMs < this.#lastTimestampMs) {
      this.#reject(observation, 'out_of_order', reports)
      return
    }
    buffer.push(observation)
    for (let due = buffer.due(this.rule.gate); due; due = buffer.due(this.rule.gate)) {
      this.#judge(due, reports)
    }
  }

  #judge(observation: Observation, reports: Report[]): void {
    const { timestampMs, remainderNs, value } = observation
    if (timestampMs <= this.#lastTimestampMs) {
      const equal = timestampMs === this.#lastTimestampMs
      if (!equal || remainderNs <= this.#lastRemainderNs) {
        const same = equal && remainderNs === this.#lastRemainderNs
        this.#reject(observation, same ? 'duplicate' : 'out_of_order', reports)
        return
      }
    }
    this.#lastTimestampMs = timestampMs
    this.#lastRemainderNs = remainderNs
    const { alarm: rule, assessment, rows } = this.rule
    assessment.clear()
    const learning = this.#alarm === undefined ? 'on' : this.#alarm.learning(rule)
    if (observation.values) this.#detector.takeFields?.(observation.values)
    this.#detector.update(timestampMs, value, learning, assessment)
    const active = this.#alarm?.active === true
    const verdict = this.#budget
      ? budgetedDecision(assessment, { timestampMs, value, active }, rule, this.#budget)
      : decision(assessment, value, rule, active)
    if (verdict === 'anomalous') this.#alarm ??= new Alarm()
    const changed = this.#alarm !== undefined && this.#alarm.update(verdict, timestampMs, rule)
    this.#status =
      verdict === 'undecided' ? 'probation' : verdict === 'anomalous' ? 'anomalous' : 'ok'
    this.#lastValue = value
    this.#lastScore = assessment.score
    this.#learnedSamples = assessment.learnedAfter(learning)
    this.#probationSamples = assessment.probationSamples
    const flags = rows === undefined ? 0 : sampleFlags(this.#status, this.alarmState)
    if (rows !== undefined) this.#row = rows.take(this.#row, observation, assessment, flags)
    if (this.rule.reportScores) this.#reportScore(observation, reports)
    if (changed && this.#alarm !== undefined) {
      if (this.#alarm.state === 'firing') this.#budget?.raised()
      this.#reportState(this.#alarm, observation, reports, reasonInWords(value, assessment))
    }
    addForesight(this.#detector, this, observation, reports)
  }

  #reportScore(observation: Observation, reports: Report[]): void {
    const { assessment, runs } = this.rule
    if (runs === undefined || runs.paused) reports.push(scoreReport(this, observation, assessment))
    else runs.take(reports.length, this, observation, assessment)
  }

  /** What people know and say of its alarm. */
  #attention(alarm: Alarm): Attention {
    return alarm.attention(() => alarmNamesOf(this, alarm.startedMs))
  }

  /** Reports that the alarm's state has changed. */
  #reportState(alarm: Alarm, at: Cause, reports: Report[], reason: string): void {
    const { expected, lower, upper } = this.rule.assessment
    const words = { value: this.#lastValue, score: this.#lastScore, expected, lower, upper, reason }
    const attention = this.#attention(alarm)
    if (alarm.active) {
      attention.rose(words, this.home?.silenceOf(this.labels, attention.alarmId))
    }
    const silenced = attention.told ? undefined : attention.silence
    reports.push(alarmReport(this, alarm, attention, { at, words, silenced }))
  }

  /** Reports what is new in an alarm whose state has not changed. */
  #reportNews(alarm: Alarm, at: Cause, reports: Report[], news: AlarmNews): void {
    const attention = this.#attention(alarm)
    const words = attention.words ?? wordsOf(this.#lastValue, this.#lastScore)
    const silenced = attention.silence
    reports.push(alarmReport(this, alarm, attention, { at, words, silenced, news }))
  }

  #reject(observation: Observation, reason: RejectionReason, reports: Report[]): void {
    reports.push(sampleRejection(this.labels, observation, reason))
  }

  /** True while ticks matter to it: an alarm is up or samples wait. */
  get awake(): boolean {
    return this.#alarm?.active === true || (this.#reorder?.waiting ?? 0) > 0
  }

  /**
   * Whether a tick at this place counts for it: in the partition that it was last fed from, and
   * behind what it has taken there. One that is read again counted already, before that.
   */
  hearsTick(origin: Origin): boolean {
    return this.#positions.endsBefore(origin)
  }

  /** When it last received anything, Unix milliseconds of the receiver. */
  get lastReceivedMs(): number {
    return this.#positions.receivedMs
  }

  /** Time passing: samples that waited long enough are judged, a silent alarm resolves. */
  tick(timestampMs: number, origin: Origin, reports: Report[]): void {
    let judged = 0
    const { runs } = this.rule
    // Reports at a tick are put into the order of series afterwards.
    if (runs !== undefined) runs.paused = true
    for (const due of this.#reorder?.allOverdue(timestampMs, this.rule.gate) ?? []) {
      this.#judge(due, reports)
      judged++
    }
    if (runs !== undefined) runs.paused = false
    const alarm = this.#alarm
    if (alarm !== undefined && judged > 0) this.#attention(alarm).ticked(origin)
    if (alarm?.tick(timestampMs, this.lastReceivedMs, this.rule.alarm) !== true) return
    this.#attention(alarm).ticked(origin)
    this.rule.assessment.clear()
    this.#reportState(alarm, { timestampMs, origin, index: 0 }, reports, 'no samples any more')
  }

  /** The id of its present or last alarm; undefined where it never had one. */
  get alarmId(): string | undefined {
    const alarm = this.#alarm
    return alarm === undefined || alarm.startedMs === 0 ? undefined : this.#attention(alarm).alarmId
  }

  /** The silence that holds its alarm back at present. */
  get silence(): SilenceMark | undefined {
    return this.#alarm?.active === true ? this.#attention(this.#alarm).silence : undefined
  }

  /** Takes the silence that holds its alarm back from now on. */
  settle(at: Cause, reports: Report[]): void {
    const alarm = this.#alarm
    if (alarm?.active !== true || this.#passed(at.origin, alarm)) return
    const attention = this.#attention(alarm)
    const silence = this.home?.silenceOf(this.labels, attention.alarmId)
    const news = attention.settle(silence, at.origin)
    if (news !== undefined) this.#reportNews(alarm, at, reports, news)
  }

  /** Takes what somebody says of its present or last alarm. */
  heed(record: AcknowledgeRecord | LabelRecord, reports: Report[]): void {
    const [alarm, { origin, who, text }] = [this.#alarm, record]
    if (alarm === undefined || this.#passed(origin, alarm)) return
    const attention = this.#attention(alarm)
    const said = { who, atMs: origin.receivedMs, text }
    const at = { timestampMs: origin.receivedMs, origin, index: 0 }
    if (record.action === 'label') {
      const [{ verdict }, before] = [record, attention.label?.verdict]
      if (!attention.labelled({ verdict, ...said }, origin)) return
      this.#budget?.labelled(verdict, before)
      this.#reportNews(alarm, at, reports, 'labelled')
    } else if (alarm.active && attention.acknowledge(said, origin)) {
      this.#reportNews(alarm, at, reports, 'acknowledged')
    }
  }

  /** True where a control record or tick was taken before its state was saved. */
  #passed(origin: Origin, alarm: Alarm): boolean {
    return this.#positions.passed(origin) || this.#attention(alarm).passed(origin)
  }

  /** Status of its last sample. */
  get status(): Status {
    return this.#status
  }

  get alarmState(): AlarmState {
    return this.#alarm?.state ?? 'inactive'
  }

  /** Its present or last alarm with the words of the sample that raised it, where there was one. */
  get lastAlarm(): ExplainedAlarm | undefined {
    const alarm = this.#alarm
    const words = this.alarmId === undefined || !alarm ? undefined : this.#attention(alarm).words
    if (alarm === undefined || words === undefined) return undefined
    const { value, score, reason } = words
    return { state: alarm.state, startedMs: alarm.startedMs, value, score, reason }
  }

  /** What its detector has found out and chosen; see there. */
  describe(): readonly Fact[] {
    return this.#detector.describe?.() ?? []
  }

  /** What lists show. */
  summary(): SeriesSummary {
    const { detector, insteadOf } = this.rule
    return {
      key: this.labels.key,
      detector,
      ...(insteadOf === undefined ? {} : { insteadOf }),
      status: this.#status,
      alarmState: this.alarmState,
      learnedSamples: this.#learnedSamples,
      probationSamples: this.#probationSamples,
      lastTimestampMs: this.#lastTimestampMs,
      lastValue: this.#lastValue,
      score: this.#lastScore,
      threshold: this.#budget?.threshold ?? this.rule.alarm.threshold,
    }
  }

  get ownerKey(): string {
    return ownerKeyOf(this.labels.key)
  }

  /** The labels, then the state, under the detector's name, version and digest of options. */
  sealed(slab?: Slab): Uint8Array {
    const { detector, stateVersion, stateDigest } = this.rule
    const head = {
      kind: detector,
      version: layoutVersion(stateVersion, seriesLayout),
      digest: stateDigest,
      lastTimestampMs: this.#lastTimestampMs,
    }
    const write = (writer: SnapshotWriter): void => {
      writeLabels(this.labels, writer)
      this.snapshot(writer)
    }
    return sealedSnapshot(head, write, slab)
  }

  snapshot(writer: SnapshotWriter): void {
    writeFront(
      {
        lastTimestampMs: this.#lastTimestampMs,
        lastRemainderNs: this.#lastRemainderNs,
        lastValue: this.#lastValue,
        lastScore: this.#lastScore,
        status: this.#status,
        learnedSamples: this.#learnedSamples,
        probationSamples: this.#probationSamples,
        positions: this.#positions,
        waiting: this.#reorder?.entries() ?? [],
        alarm: this.#alarm,
      },
      writer,
    )
    writer.boolean(this.#budget !== undefined)
    this.#budget?.snapshot(writer)
    this.#detector.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.restoreLayout(reader, seriesLayout)
  }

  /** The same from a layout of an earlier version. */
  restoreLayout(reader: SnapshotReader, layout: number): void {
    const names = { rule: this.rule.name, severity: this.rule.alarm.severity }
    const front = readFront(reader, { labels: this.labels, layout, names })
    this.#lastTimestampMs = front.lastTimestampMs
    this.#lastRemainderNs = front.lastRemainderNs
    this.#lastValue = front.lastValue
    this.#lastScore = front.lastScore
    this.#status = front.status
    this.#learnedSamples = front.learnedSamples
    this.#probationSamples = front.probationSamples
    this.#positions = front.positions
    if (front.waiting.length > 0) this.#reorder = new ReorderBuffer()
    for (const observation of front.waiting) this.#reorder?.push(observation)
    this.#alarm = front.alarm
    const budget = layout >= 3 && reader.boolean() ? (this.#budget ?? Budget.unused()) : undefined
    if (layout === 3) budget?.restoreUnbalanced(reader)
    else budget?.restore(reader)
    this.#detector.restore(reader)
  }
}
