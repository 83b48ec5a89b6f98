import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Word } from '../../core/record.ts'
import { wordKey, wordOf, wordText } from './word-text.ts'

const said = { who: 'ann', text: 'ü' }
const words: readonly Word[] = [
  { action: 'silence', silenceId: 's1', alarmId: '', match: 'cpu*', untilMs: 5, ...said },
  {
    action: 'silence',
    silenceId: 's2',
    alarmId: 'a1',
    match: ['x', { host: 'b', __proto: 'c' }],
    untilMs: 6,
    ...said,
  },
  { action: 'end_silence', silenceId: 's1', ...said },
  { action: 'acknowledge', alarmId: 'a1', ...said },
  { action: 'label', alarmId: 'a1', verdict: 'false alarm', ...said },
]

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('words come back as they were said', () => {
  for (const word of words) {
    expect(wordOf(bytes(wordText({ word, saidMs: 12 })))).toEqual({ word, saidMs: 12 })
  }
})

test('a later word of a silence or alarm takes the place of the one before', () => {
  const keys = words.map(wordKey)
  expect(keys).toEqual(['silence s1', 'silence s2', 'silence s1', 'acknowledge a1', 'label a1'])
})

test('what is no word is passed over', () => {
  const f = (text: string): void => expect(wordOf(bytes(text))).toBeUndefined()
  f('')
  f('null')
  f('{}')
  f('{"version":2,"saidMs":1,"word":{"action":"end_silence","silenceId":"s","who":"a","text":""}}')
  f('{"version":1,"saidMs":1,"word":{"action":"end_silence","who":"a","text":""}}')
  f('{"version":1,"saidMs":1,"word":{"action":"label","alarmId":"a","who":"a","text":""}}')
  f('{"version":1,"saidMs":1,"word":{"action":"shout","who":"a","text":""}}')
  const long = { action: 'acknowledge', alarmId: 'a', who: 'x'.repeat(5_000), text: '' } as const
  f(wordText({ word: long, saidMs: 1 }))
  f(wordText({ word: words[3] as Word, saidMs: 1 }) + ' '.repeat(70_000))
})

test('no bytes are too odd', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (odd) => {
      wordOf(odd)
    }),
    { numRuns: 1_000 },
  )
  fc.assert(
    fc.property(fc.json(), (json) => {
      wordOf(bytes(`{"version":1,"saidMs":1,"word":${json}}`))
    }),
    { numRuns: 1_000 },
  )
})
