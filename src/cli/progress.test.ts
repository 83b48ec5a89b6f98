import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { Progress } from './progress.ts'

/** A terminal or a file that keeps what is written to it. */
function output(isTTY: boolean) {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  return { stream: Object.assign(stream, { isTTY }), text: () => text }
}

test('a terminal shows how far the work is, and is clean when it is done', () => {
  const terminal = output(true)
  const progress = new Progress('replay', terminal.stream, { nowMs: () => 0 })
  progress.update(0.5, '10 rows')
  expect(terminal.text()).toBe('\r\x1b[2Kreplay  ██████████░░░░░░░░░░  50 %  10 rows')
  progress.end()
  expect(terminal.text().endsWith('\r\x1b[2K')).toBe(true)
})

test('where the length is not known only the note is shown', () => {
  const terminal = output(true)
  new Progress('replay', terminal.stream, { nowMs: () => 0 }).update(NaN, '10 rows')
  expect(terminal.text()).toBe('\r\x1b[2Kreplay  10 rows')
})

test('it is drawn at most ten times a second', () => {
  const terminal = output(true)
  let nowMs = 0
  const progress = new Progress('x', terminal.stream, { nowMs: () => nowMs })
  for (; nowMs < 1000; nowMs++) progress.update(0, '')
  expect(terminal.text().split('\r').length - 1).toBe(10)
})

test('a file or a pipe is not written to', () => {
  const file = output(false)
  const progress = new Progress('replay', file.stream, { nowMs: () => 0 })
  progress.update(0.5, '')
  progress.end()
  expect(file.text()).toBe('')
})
