/**
 * What people know and say of one alarm.
 *
 *   told          its state was reported while nobody had silenced it, so people know of it
 *   silence       the silence that holds it back at present
 *   acknowledged  who has seen it
 *   label         what somebody said that it was
 *
 * A state that was reported only as silenced is told once the silence is over, if it still holds.
 * The end of an alarm that was told is told too, whatever is silenced by then, so that nothing
 * stays open with those who heard of it; the end of one that never was told is not.
 *
 * The words of the sample that raised the alarm are kept, because what is told later must say why.
 *
 * Cost: one small object for each series that ever had an alarm.
 */

import type { Origin } from '../core/observation.ts'
import type { Acknowledgement, AlarmLabel, Severity, SilenceMark } from '../core/report.ts'
import type { Owner, SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** Numbers and words of the sample that a report speaks of. */
export interface AlarmWords {
  readonly value: number
  readonly score: number
  /** NaN, all three, where nothing was expected. */
  readonly expected: number
  readonly lower: number
  readonly upper: number
  readonly reason: string
}

/** What an alarm is called, through its whole life: also where its rule is renamed meanwhile. */
export interface AlarmNames {
  readonly alarmId: string
  readonly rule: string
  readonly severity: Severity
}

/** See the head of the file. */
export class Attention implements Owner {
  readonly names: AlarmNames
  /** First anomalous sample of the alarm that it is about. */
  readonly startedMs: number
  #told = true
  #silence: SilenceMark | undefined
  #acknowledged: Acknowledgement | undefined
  #label: AlarmLabel | undefined
  #words: AlarmWords | undefined
  /** Place of the last word or tick that changed it: what is read again is passed over. */
  #partition = ''
  #offset = -1

  constructor(names: AlarmNames, startedMs: number) {
    this.names = names
    this.startedMs = startedMs
  }

  get alarmId(): string {
    return this.names.alarmId
  }

  /** True where people know of the present state. */
  get told(): boolean {
    return this.#told
  }

  get silence(): SilenceMark | undefined {
    return this.#silence
  }

  get acknowledged(): Acknowledgement | undefined {
    return this.#acknowledged
  }

  get label(): AlarmLabel | undefined {
    return this.#label
  }

  /** The words of the sample that raised it; undefined where they are not known any more. */
  get words(): AlarmWords | undefined {
    return this.#words
  }

  /** The alarm is pending or firing now, for this reason and under this silence. */
  rose(words: AlarmWords, silence: SilenceMark | undefined): void {
    this.#words = words
    this.#silence = silence
    this.#told = silence === undefined
  }

  /** True where a control record or tick has been taken already. */
  passed({ partition, offset }: Origin): boolean {
    return partition === this.#partition && offset <= this.#offset
  }

  /**
   * A tick made the alarm what it is: a word from before the tick that is read again was said of
   * the alarm as it was then, and has been heard already.
   */
  ticked(origin: Origin): void {
    if (!this.passed(origin)) this.#taken(origin)
  }

  #taken({ partition, offset }: Origin): void {
    this.#partition = partition
    this.#offset = offset
  }

  /**
   * Takes the silence that holds now. Says what is new: a silence began or is another one, it is
   * over (`unsilenced`), it is over and the alarm is told only now; undefined where nothing is.
   */
  settle(
    silence: SilenceMark | undefined,
    origin: Origin,
  ): 'silenced' | 'unsilenced' | 'told' | undefined {
    if (sameSilence(silence, this.#silence)) return undefined
    this.#taken(origin)
    this.#silence = silence
    if (silence !== undefined) return 'silenced'
    const news = this.#told ? 'unsilenced' : 'told'
    this.#told = true
    return news
  }

  /** Takes an acknowledgement; false where the same person said the same before. */
  acknowledge(said: Acknowledgement, origin: Origin): boolean {
    const before = this.#acknowledged
    if (before !== undefined && before.who === said.who && before.text === said.text) return false
    this.#taken(origin)
    this.#acknowledged = said
    return true
  }

  /** Takes a label; false where the same person said the same before. */
  labelled(said: AlarmLabel, origin: Origin): boolean {
    const before = this.#label
    const same = before?.verdict === said.verdict && before.who === said.who
    if (same && before.text === said.text) return false
    this.#taken(origin)
    this.#label = said
    return true
  }

  snapshot(writer: SnapshotWriter): void {
    writer.boolean(this.#told)
    writer.string(this.#partition)
    writer.float64(this.#offset)
    const silence = this.#silence
    writer.boolean(silence !== undefined)
    if (silence !== undefined) {
      writer.string(silence.silenceId)
      writer.string(silence.who)
      writer.float64(silence.untilMs)
    }
    writer.boolean(this.#acknowledged !== undefined)
    if (this.#acknowledged !== undefined) writeSaid(this.#acknowledged, writer)
    writer.boolean(this.#label !== undefined)
    if (this.#label !== undefined) {
      writer.boolean(this.#label.verdict === 'true alarm')
      writeSaid(this.#label, writer)
    }
    writer.boolean(this.#words !== undefined)
    if (this.#words !== undefined) writeWords(this.#words, writer)
  }

  restore(reader: SnapshotReader): void {
    this.#told = reader.boolean()
    this.#partition = reader.string()
    this.#offset = reader.float64()
    if (reader.boolean()) {
      const silenceId = reader.string()
      const who = reader.string()
      this.#silence = { silenceId, who, untilMs: reader.float64() }
    }
    if (reader.boolean()) this.#acknowledged = readSaid(reader)
    if (reader.boolean()) {
      const verdict = reader.boolean() ? 'true alarm' : 'false alarm'
      this.#label = { verdict, ...readSaid(reader) }
    }
    if (reader.boolean()) this.#words = readWords(reader)
  }
}

function sameSilence(a: SilenceMark | undefined, b: SilenceMark | undefined): boolean {
  return a?.silenceId === b?.silenceId && a?.untilMs === b?.untilMs && a?.who === b?.who
}

function writeSaid({ who, atMs, text }: Acknowledgement, writer: SnapshotWriter): void {
  writer.string(who)
  writer.float64(atMs)
  writer.string(text)
}

function readSaid(reader: SnapshotReader): Acknowledgement {
  const who = reader.string()
  const atMs = reader.float64()
  return { who, atMs, text: reader.string() }
}

function writeWords(words: AlarmWords, writer: SnapshotWriter): void {
  writer.float64(words.value)
  writer.float64(words.score)
  writer.float64(words.expected)
  writer.float64(words.lower)
  writer.float64(words.upper)
  writer.string(words.reason)
}

function readWords(reader: SnapshotReader): AlarmWords {
  const value = reader.float64()
  const score = reader.float64()
  const expected = reader.float64()
  const lower = reader.float64()
  const upper = reader.float64()
  return { value, score, expected, lower, upper, reason: reader.string() }
}
