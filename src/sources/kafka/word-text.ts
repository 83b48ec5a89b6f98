/**
 * What people say, as records of the control topic: one JSON object a record.
 *
 *   {"version":1,"saidMs":…,"word":{"action":"silence","who":"ann",…}}
 *
 * The key says what it is about, so that compaction keeps the last word of each silence and alarm.
 * Reading never throws; what is not a word of this version is passed over.
 */

import type { Word } from '../../core/record.ts'
import type { SeriesPatternText } from '../../core/series-pattern.ts'

/** Longer records are none of ours: a word is at most 16 KiB as the API takes it. */
const recordBytesMax = 65_536

const decoder = new TextDecoder()

/** A word, and when it was said. */
export interface SaidWord {
  readonly word: Word
  readonly saidMs: number
}

/** What a word is about: later ones of the same key take its place. */
export function wordKey(word: Word): string {
  if (word.action === 'silence' || word.action === 'end_silence') return `silence ${word.silenceId}`
  return `${word.action} ${word.alarmId}`
}

export function wordText({ word, saidMs }: SaidWord): string {
  return JSON.stringify({ version: 1, saidMs, word })
}

/** The word of a record; undefined where it is none. */
export function wordOf(bytes: Uint8Array): SaidWord | undefined {
  if (bytes.length > recordBytesMax) return undefined
  try {
    const { version, saidMs, word } = JSON.parse(decoder.decode(bytes)) as Record<string, unknown>
    if (version !== 1 || typeof saidMs !== 'number' || !Number.isFinite(saidMs)) return undefined
    const read =
      typeof word === 'object' && word !== null ? checked(new Map(Object.entries(word))) : undefined
    return read && { word: read, saidMs }
  } catch {
    // Not JSON: whoever wrote it was none of ours.
    return undefined
  }
}

type Fields = ReadonlyMap<string, unknown>

function checked(fields: Fields): Word | undefined {
  const text = (name: string): string | undefined => {
    const value = fields.get(name)
    return typeof value === 'string' && value.length <= 4_096 ? value : undefined
  }
  const [who, said] = [text('who'), text('text')]
  if (who === undefined || said === undefined) return undefined
  const [silenceId, alarmId] = [text('silenceId'), text('alarmId')]
  switch (fields.get('action')) {
    case 'silence': {
      const [match, untilMs] = [fields.get('match'), fields.get('untilMs')]
      if (silenceId === undefined || alarmId === undefined || !isPattern(match)) return undefined
      if (typeof untilMs !== 'number' || !Number.isFinite(untilMs)) return undefined
      return { action: 'silence', silenceId, alarmId, match, untilMs, who, text: said }
    }
    case 'end_silence':
      if (silenceId === undefined) return undefined
      return { action: 'end_silence', silenceId, who, text: said }
    case 'acknowledge':
      if (alarmId === undefined) return undefined
      return { action: 'acknowledge', alarmId, who, text: said }
    case 'label': {
      const verdict = fields.get('verdict')
      if (alarmId === undefined || (verdict !== 'true alarm' && verdict !== 'false alarm')) {
        return undefined
      }
      return { action: 'label', alarmId, verdict, who, text: said }
    }
    default:
      return undefined
  }
}

/** Globs: one, or labels with theirs, or several of these. */
function isPattern(value: unknown): value is SeriesPatternText {
  if (Array.isArray(value)) return value.length <= 32 && value.every((each) => isOne(each))
  return isOne(value)
}

function isOne(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= 4_096
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const globs = Object.values(value)
  return globs.length <= 32 && globs.every((glob) => typeof glob === 'string')
}
