/**
 * One HTTP request, with bounds: what a sink needs that speaks to a service over HTTP.
 *
 * Redirects are answers like any other: whoever sends alarms must know where they go. Of the answer
 * a bounded part is read, enough for the reason of a refusal; the rest is not waited for.
 */

import { request as plainRequest } from 'node:http'
import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { request as tlsRequest } from 'node:https'

/** What is sent, and where to. */
export interface Posting {
  readonly url: URL
  /** POST where nothing is said. */
  readonly method?: 'POST' | 'PATCH' | 'GET'
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Keeps connections; of the kind that the URL's protocol asks for. */
  readonly agent: Agent
  /** Certificates to trust, PEM; undefined: those of the system. */
  readonly ca?: string
  /** At most so much of the answer is read. */
  readonly answerBytesMax: number
}

/** What came back. */
export interface PostAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** The beginning of the body. */
  readonly text: string
}

/** Resolves with the answer, whatever it says; rejects where there was none, or on abort. */
export function post(posting: Posting, signal: AbortSignal): Promise<PostAnswer> {
  const { url, method = 'POST', headers, body, agent, ca, answerBytesMax } = posting
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest
  return new Promise((resolve, reject) => {
    const all = { ...headers, 'content-length': String(body.length) }
    const trust = ca === undefined ? {} : { ca }
    const request = send(url, { method, headers: all, agent, signal, ...trust })
    request.on('error', reject)
    request.on('response', (response) => {
      readBeginning(request, response, answerBytesMax).then(
        (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        reject,
      )
    })
    request.end(body)
  })
}

async function readBeginning(
  request: ClientRequest,
  response: IncomingMessage,
  bytesMax: number,
): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length < bytesMax) continue
    // The rest may be endless.
    request.destroy()
    break
  }
  return Buffer.concat(chunks).subarray(0, bytesMax).toString()
}
