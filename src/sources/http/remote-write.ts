/**
 * What a sender of Prometheus remote write is asked and told beside the usual.
 *
 * It says which message it sends in its Content-Type: no `proto`, or `prometheus.WriteRequest`, is
 * version 1.0. One that sends 2.0 is told how much of it was taken, on success and on failure, for
 * without that it takes the receiver for one that knows 1.0 alone. Samples that were read and mean
 * no value (NaN, the end of a series) count as taken: sending them again would not help.
 *
 * Source: Prometheus Remote-Write 2.0, "Required Written Response Headers", "Content negotiation".
 */

import type { Findings } from '../../codecs/codec.ts'
import type { Refusal } from './answers.ts'

/** What the codec is called. */
export const remoteWriteCodec = 'remote-write'

export const remoteWritePaths = ['/api/v1/write', '/api/v1/push'] as const

const messages = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request']

/** Why a Content-Type is none of remote write's; undefined where it is, or is not said. */
export function messageRefusal(contentType: string | undefined): Refusal | undefined {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((each) => each.trim())
  const proto = parameters.find((each) => each.startsWith('proto='))?.slice('proto='.length)
  const isKnown =
    (type === '' || type === 'application/x-protobuf') &&
    (proto === undefined || messages.includes(proto))
  if (isKnown) return undefined
  const message = `the content type "${contentType}" is not application/x-protobuf of remote write`
  return { status: 415, message }
}

/** What was taken of a body, as headers. */
export function writtenHeaders({ found, rejections }: Findings): Readonly<Record<string, string>> {
  const valueless = rejections.filter(({ reason }) => reason === 'not_finite').length
  return {
    'x-prometheus-remote-write-samples-written': String(found + valueless),
    'x-prometheus-remote-write-histograms-written': '0',
    'x-prometheus-remote-write-exemplars-written': '0',
  }
}

/** Of a body that was not taken at all. */
export const nothingWritten = writtenHeaders({ found: 0, rejections: [] })
