/**
 * Payloads of whole lines from a readable stream, to its end.
 */

import type { Readable } from 'node:stream'
import { ForewarnError } from '../../core/errors.ts'
import type { LinePayload, LinePayloads } from './line-payloads.ts'

/**
 * Yields payloads until the stream ends or the signal aborts, and destroys the stream in either
 * case. Throws ERR_SOURCE_READ naming `what` where the stream breaks.
 */
export async function* streamedLines(
  stream: Readable,
  payloads: LinePayloads,
  what: string,
  signal: AbortSignal,
): AsyncGenerator<LinePayload, void, undefined> {
  const stop = (): void => void stream.destroy()
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    for await (const chunk of stream) {
      const payload = payloads.push(chunk as Uint8Array)
      if (payload !== undefined) yield payload
      if (signal.aborted) return
    }
    const last = payloads.flush()
    if (last !== undefined && !signal.aborted) yield last
  } catch (cause) {
    if (signal.aborted) return
    throw new ForewarnError('ERR_SOURCE_READ', `cannot read ${what}`, { cause })
  } finally {
    signal.removeEventListener('abort', stop)
    stream.destroy()
  }
}
