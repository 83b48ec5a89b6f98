import { describe, expect, test } from 'vitest'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'
import { InputRuns } from './inputs.ts'
import type { EndingInput } from './inputs.ts'

/** Resolves once the signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

const never = new AbortController().signal

/** Runs inputs until they are all done. */
function runInputs(
  inputs: readonly EndingInput[],
  work: (input: EndingInput, signal: AbortSignal) => Promise<void>,
  telemetry: typeof quietTelemetry,
  signal: AbortSignal,
): Promise<void> {
  return new InputRuns(work, telemetry).run(inputs, signal)
}

describe('inputs that run side by side', () => {
  test('are done when the last of them has ended', async () => {
    const ended: string[] = []
    const telemetry = { ...quietTelemetry, sourceEnded: (name: string) => void ended.push(name) }
    await runInputs([{ name: 'a' }, { name: 'b' }], async () => {}, telemetry, never)
    expect(ended).toEqual(['a', 'b'])
  })

  test('all end when the signal aborts', async () => {
    const stop = new AbortController()
    const runs = runInputs(
      [{ name: 'a' }, { name: 'b' }],
      (_, signal) => aborted(signal),
      quietTelemetry,
      stop.signal,
    )
    stop.abort()
    await runs
  })

  test('all end when one fails, and what it threw is thrown', async () => {
    const failed: string[] = []
    const telemetry = { ...quietTelemetry, sourceFailed: (name: string) => void failed.push(name) }
    const run = async ({ name }: { name: string }, signal: AbortSignal): Promise<void> => {
      if (name === 'b') throw new Error('gone')
      await aborted(signal)
    }
    const runs = runInputs([{ name: 'a' }, { name: 'b' }], run, telemetry, never)
    await expect(runs).rejects.toThrow('gone')
    expect(failed).toEqual(['b'])
  })

  test('take the ticks with them when the last of them ends', async () => {
    const inputs = [{ name: 'clock', companion: true }, { name: 'a' }]
    const run = ({ name }: { name: string }, signal: AbortSignal): Promise<void> =>
      name === 'a' ? Promise.resolve() : aborted(signal)
    await runInputs(inputs, run, quietTelemetry, never)
  })

  test('leave the ticks running where there is nothing but ticks', async () => {
    const stop = new AbortController()
    let over = false
    const inputs = [{ name: 'clock', companion: true }]
    const runs = runInputs(inputs, (_, signal) => aborted(signal), quietTelemetry, stop.signal)
    void runs.then(() => (over = true))
    await new Promise((turn) => setImmediate(turn))
    expect(over).toBe(false)
    stop.abort()
    await runs
  })

  test('make room for others while they run, and it is not over in between', async () => {
    const seen: string[] = []
    const work = async ({ name }: EndingInput, signal: AbortSignal): Promise<void> => {
      seen.push(`begins ${name}`)
      await aborted(signal)
      seen.push(`ends ${name}`)
    }
    const stop = new AbortController()
    const inputs = new InputRuns(work, quietTelemetry)
    const over = inputs.run([{ name: 'clock', companion: true }, { name: 'a' }], stop.signal)
    await inputs.end(new Set(['a']))
    inputs.start([{ name: 'clock', companion: true }, { name: 'b' }])
    stop.abort()
    await over
    expect(seen).toEqual(['begins clock', 'begins a', 'ends a', 'begins b', 'ends clock', 'ends b'])
  })

  test('start nothing any more once everything is to end', async () => {
    const seen: string[] = []
    const work = async ({ name }: EndingInput, signal: AbortSignal): Promise<void> => {
      seen.push(name)
      await aborted(signal)
    }
    const stop = new AbortController()
    const inputs = new InputRuns(work, quietTelemetry)
    const over = inputs.run([{ name: 'a' }], stop.signal)
    const ended = inputs.end(new Set(['a']))
    stop.abort()
    await ended
    inputs.start([{ name: 'b' }])
    await over
    expect(seen).toEqual(['a'])
  })
})
