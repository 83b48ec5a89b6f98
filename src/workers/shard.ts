/**
 * A shard: catalog, series, detectors and ledger of a part of all series, in a thread of its own.
 *
 *   work ─▶ turn by turn: catalog.update | tick | control ─▶ rows and loose reports
 *   cut ─▶ ledger.cut ─▶ copies, a few owners between two turns of the event loop
 *
 * Pure and synchronous but for `post` and `later`, which it is given; so it runs in a simulation as
 * well as on a thread. It knows neither transforms nor outlets, and forgets idle series only where
 * it is told to, because the limit on series is kept by the main thread.
 */

import { ForewarnError } from '../core/errors.ts'
import { Labels } from '../core/labels.ts'
import type { KeyedOwner, Ledger, SavedOwner } from '../core/ledger.ts'
import type { Observation, Origin } from '../core/observation.ts'
import { packed, unpacked } from '../core/owner-packet.ts'
import type { Report } from '../core/report.ts'
import type { ScoreRows } from '../core/score-rows.ts'
import { Catalog } from '../series/catalog.ts'
import type { CreateSeries } from '../series/catalog.ts'
import { usualOwnersPerTurn } from '../series/cuts.ts'
import { idleClockKey } from '../series/idle-clock.ts'
import { quotaClockKey } from '../series/quota.ts'
import type { SeriesSummary } from '../series/series-summary.ts'
import { Doubles } from './doubles.ts'
import type { SharedDoubles } from './doubles.ts'
import { originDoubles, sampleDoubles } from './messages.ts'
import type {
  Answer,
  Introduction,
  LooseReport,
  RefusedOwner,
  Request,
  Word,
  Work,
} from './messages.ts'
import { scoreDoubles, writeRow } from './score-rows.ts'

type Writable = { -readonly [K in keyof Observation]: Observation[K] }

/** Of the shape of what comes: with fractions and large numbers where these may come. */
const nothing: Observation = {
  labels: Labels.named('nothing'),
  timestampMs: 1.7e12 + 0.5,
  remainderNs: 0,
  value: 0.5,
  origin: { partition: '', offset: 0, receivedMs: 0 },
  index: 0,
  values: undefined,
}

/** What a shard is made with. */
export interface ShardParts {
  /** Makes the series of labels, or says that no rule wants them. */
  readonly create: CreateSeries
  readonly ledger: Ledger
  /** Where the series write their scores for the history; handed over at ticks and cuts. */
  readonly rows?: ScoreRows | undefined
  /** Sends an answer; the buffers go with it. */
  readonly post: (answer: Answer, buffers: readonly ArrayBuffer[]) => void
  /** Calls back after what waits on the event loop. */
  readonly later: (call: () => void) => void
  /** Owners copied between two turns of the event loop. */
  readonly ownersPerTurn?: number
}

/** See the head of the file. */
export class Shard {
  readonly #parts: ShardParts
  readonly #catalog: Catalog
  readonly #ledger: Ledger
  /** Labels by the ids of the main thread. */
  readonly #labels: (Labels | undefined)[] = []
  /** Those that were over the quota when they came. */
  readonly #light = new WeakSet<Labels>()
  readonly #reports: Report[] = []
  /** What was copied at the last cut, until it is said what became of it. */
  #copiedKeys: string[] = []
  #forgottenKeys: string[] = []
  /** Buffers that both sides share, by slot. */
  readonly #slots: { samples: SharedDoubles; rows: SharedDoubles | undefined }[] = []
  /** Filled anew for each sample: whoever keeps one keeps a copy. */
  readonly #observation: Writable
  /** The piece of work under way. */
  #rows = new Doubles()
  #groups: Work['groups'] = []
  #nextGroup = 0
  #loose: LooseReport[] = []
  #forgotten: string[] = []

  constructor(parts: ShardParts) {
    this.#parts = parts
    this.#ledger = parts.ledger
    this.#observation = { ...nothing }
    const unlimited = { limit: Infinity, idleAfterMs: 0, quota: 0, quotaIdleAfterMs: 0 } as const
    const create: CreateSeries = (labels, grade) =>
      parts.create(labels, this.#light.has(labels) ? 'light' : grade)
    this.#catalog = new Catalog({ ...unlimited, overQuota: 'ema' }, create, this.#ledger)
  }

  /** Takes one message and answers it. */
  take(request: Request): void {
    if (request.do === 'work') this.#work(request)
    else if (request.do === 'cut') this.#cut()
    else if (request.do === 'saved') this.#forgetCopies()
    else if (request.do === 'put back') this.#putBack()
    else if (request.do === 'lost') this.#ledger.changeAll(this.#owners())
    else if (request.do === 'restore') this.#restore([...unpacked(request.packet)], request.ids)
    else if (request.do === 'list') this.#answer('list', this.#catalog.list(request.query))
    else if (request.do === 'summaries') {
      this.#answer('summaries', this.#catalog.summaries(request.keys))
    } else if (request.do === 'explain') {
      this.#parts.post({ did: 'explain', explanation: this.#catalog.explain(request.key) }, [])
    } else if (request.do === 'silences') {
      this.#parts.post({ did: 'silences', silences: this.#catalog.silences() }, [])
    } else if (request.do === 'alarm state') {
      const state = this.#catalog.ofAlarm(request.alarmId)?.alarmState
      this.#parts.post({ did: 'alarm state', state }, [])
    }
  }

  /** All but the clocks of idle series: those that go are the main thread's. */
  *#owners(): Iterable<KeyedOwner> {
    for (const owner of this.#catalog.owners()) {
      if (owner.ownerKey !== idleClockKey && owner.ownerKey !== quotaClockKey) yield owner
    }
  }

  #answer(did: 'list' | 'summaries', rows: SeriesSummary[]): void {
    this.#parts.post({ did, rows }, [])
  }

  #work(work: Work): void {
    const { words, introductions, sampleCount } = work
    for (const { id, pairs, grade } of introductions) {
      const labels = labelsOf(pairs)
      this.#labels[id] = labels
      if (grade === 'light') this.#light.add(labels)
    }
    const slot = this.#slotOf(work)
    const { samples } = slot
    this.#rows = new Doubles(slot.rows)
    const origins = originsOf(work, samples)
    this.#groups = work.groups
    this.#nextGroup = 0
    let turn = 0
    let sample = 0
    for (const word of words) {
      for (; sample < word.before; sample++) this.#sample(samples, sample, origins, turn++)
      this.#word(word, turn++)
    }
    for (; sample < sampleCount; sample++) this.#sample(samples, sample, origins, turn++)
    const { values, length } = this.#rows
    const rows = values === slot.rows ? undefined : values
    slot.rows = values
    const [loose, forgotten] = [this.#loose, this.#forgotten]
    this.#loose = []
    this.#forgotten = []
    const rowCount = length / scoreDoubles
    this.#parts.post({ did: 'work', rows, rowCount, loose, forgotten }, [])
  }

  #slotOf({ slot, samples }: Work): { samples: SharedDoubles; rows: SharedDoubles | undefined } {
    const known = this.#slots[slot]
    if (known === undefined) {
      return (this.#slots[slot] = { samples: samples as SharedDoubles, rows: undefined })
    }
    if (samples !== undefined) known.samples = samples
    return known
  }

  #sample(samples: Float64Array, sample: number, origins: readonly Origin[], turn: number): void {
    const at = sample * sampleDoubles
    const observation = this.#observation
    // As whole numbers, as decoders make them: as doubles each would be an object of its own.
    observation.labels = this.#labels[(samples[at] as number) | 0] as Labels
    observation.timestampMs = samples[at + 1] as number
    observation.remainderNs = (samples[at + 2] as number) | 0
    observation.value = samples[at + 3] as number
    observation.origin = origins[(samples[at + 4] as number) | 0] as Origin
    observation.index = (samples[at + 5] as number) | 0
    observation.values = this.#fieldsOf(sample)
    const reports = this.#reports
    this.#catalog.update(observation, reports)
    if (reports.length === 0) return
    for (const report of reports) {
      if (!writeRow(report, turn, observation, this.#rows)) this.#addLoose(report, turn, false)
    }
    reports.length = 0
  }

  /** The values of a group's sample; undefined of any other. */
  #fieldsOf(sample: number): readonly number[] | undefined {
    const next = this.#groups[this.#nextGroup]
    if (next === undefined || next[0] !== sample) return undefined
    this.#nextGroup++
    return next[1]
  }

  #word({ record, idleBeforeMs, heavyIdleBeforeMs }: Word, turn: number): void {
    const reports = this.#reports
    const { origin } = record
    if (record.kind === 'tick') this.#catalog.tick(record.timestampMs, origin, reports)
    else this.#catalog.control(record, reports)
    for (const report of reports) this.#addLoose(report, turn, true)
    reports.length = 0
    this.#parts.rows?.flush()
    if (idleBeforeMs !== undefined) {
      this.#forgotten.push(...this.#catalog.forgetIdle(idleBeforeMs, origin))
    }
    if (heavyIdleBeforeMs !== undefined) {
      this.#forgotten.push(...this.#catalog.forgetIdle(heavyIdleBeforeMs, origin, 'heavy'))
    }
  }

  /** Labels do not travel as such: they hold the series. */
  #addLoose({ labels, ...rest }: Report, turn: number, named: boolean): void {
    const pairs = named ? labels?.pairs : undefined
    const rowsBefore = this.#rows.length / scoreDoubles
    this.#loose.push({ turn, rowsBefore, report: rest as Report, pairs })
  }

  #cut(): void {
    this.#ledger.cut()
    this.#parts.rows?.flush()
    this.#parts.post({ did: 'cut' }, [])
    this.#parts.later(() => this.#copySome())
  }

  #copySome(): void {
    const { ownersPerTurn = usualOwnersPerTurn, post, later } = this.#parts
    const finished = this.#ledger.copySome(ownersPerTurn)
    const { saved, forgotten } = this.#ledger.collect()
    for (const { ownerKey } of saved) this.#copiedKeys.push(ownerKey)
    for (const key of forgotten) this.#forgottenKeys.push(key)
    if (saved.length > 0) {
      const packet = packed(saved)
      post({ did: 'copies', packet }, [packet.buffer])
    }
    if (finished) post({ did: 'copied', forgotten: this.#forgottenKeys }, [])
    else later(() => this.#copySome())
  }

  #putBack(): void {
    const saved = this.#copiedKeys.map((ownerKey) => ({ ownerKey }))
    this.#ledger.putBack(saved, this.#forgottenKeys, (key) => this.#catalog.owner(key))
    this.#forgetCopies()
  }

  #forgetCopies(): void {
    this.#copiedKeys = []
    this.#forgottenKeys = []
  }

  #restore(owners: readonly SavedOwner[], ids: readonly number[]): void {
    const unwanted: string[] = []
    const refused: RefusedOwner[] = []
    const weighed: Omit<Introduction, 'id'>[] = []
    owners.forEach((owner, i) => {
      try {
        const series = this.#catalog.restore(owner)
        if (series === undefined) unwanted.push(owner.ownerKey)
        else {
          const { labels, rule } = series
          this.#labels[ids[i] as number] = labels
          const light = rule.insteadOf !== undefined
          if (rule.heavy === true || light) {
            weighed.push({ pairs: labels.pairs, grade: light ? 'light' : 'full' })
          }
        }
      } catch (error) {
        const code = error instanceof ForewarnError ? error.code : undefined
        refused.push({ ownerKey: owner.ownerKey, code, message: messageOf(error) })
      }
    })
    this.#parts.post({ did: 'restore', unwanted, refused, weighed }, [])
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function originsOf(work: Work, samples: Float64Array): Origin[] {
  const { sampleCount, originCount, partitions } = work
  const origins: Origin[] = []
  for (let i = 0; i < originCount; i++) {
    const at = sampleCount * sampleDoubles + i * originDoubles
    const partition = partitions[samples[at] as number] as string
    const [offset, receivedMs] = [samples[at + 1] as number, samples[at + 2] as number]
    origins.push({ partition, offset, receivedMs })
  }
  return origins
}

/** Labels of pairs that were those of other Labels. */
export function labelsOf(pairs: readonly string[]): Labels {
  const entries: [string, string][] = []
  for (let i = 0; i < pairs.length; i += 2)
    entries.push([pairs[i] as string, pairs[i + 1] as string])
  return Labels.of(entries)
}
