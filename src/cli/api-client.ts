/** Speaking to a program that runs, over its API. */

import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { ForewarnError } from '../core/errors.ts'
import { usageError } from './arguments.ts'
import type { FlagSpecs } from './arguments.ts'

/** Flags of every command that speaks to a running program. */
export const apiFlags = {
  address: {
    value: 'URL',
    about: 'Where the program listens. Without it: http://127.0.0.1:8686.',
  },
  'token-file': {
    value: 'FILE',
    about: 'File that holds the access token, where it asks for one.',
  },
  who: { value: 'NAME', about: 'Who says it. Without it: the name of this user.' },
} as const satisfies FlagSpecs

/** What was typed of them. */
export interface ApiValues {
  readonly address: string | undefined
  readonly 'token-file': string | undefined
  readonly who: string | undefined
}

const usualAddress = 'http://127.0.0.1:8686'

/** A program that does not answer within this time is taken for dead. */
const answerMs = 15_000

/** Who speaks: as typed, else the user of the process. */
export function speaker({ who }: Pick<ApiValues, 'who'>): string {
  return who ?? userInfo().username
}

/** One program's API. */
export class ApiClient {
  readonly #address: string
  readonly #token: string | undefined

  /** Throws ERR_CLI_USAGE where the address or the file of the token is none. */
  constructor(values: ApiValues) {
    const address = values.address ?? usualAddress
    if (!/^https?:\/\/\S+$/.test(address)) {
      throw usageError(`option "--address" needs an address like ${usualAddress}: "${address}"`)
    }
    this.#address = address.replace(/\/+$/, '')
    const file = values['token-file']
    this.#token = file === undefined ? undefined : tokenOf(file)
  }

  /** Asks; the answer's JSON, or undefined where there is none. Throws ERR_API_REFUSED. */
  async ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const headers: Record<string, string> = {}
    if (this.#token !== undefined) headers['authorization'] = `Bearer ${this.#token}`
    if (body !== undefined) headers['content-type'] = 'application/json'
    const answer = await this.#answer(path, {
      method,
      headers,
      signal: AbortSignal.timeout(answerMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (answer.ok) return text === '' ? undefined : (JSON.parse(text) as unknown)
    throw new ForewarnError('ERR_API_REFUSED', this.#refusal(answer.status, text))
  }

  async #answer(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.#address + path, init)
    } catch (cause) {
      const message =
        `nothing answers at ${this.#address}: is forewarn running there? ` +
        'Its first line says where it listens; --address tells this command'
      throw new ForewarnError('ERR_API_REFUSED', message, { cause })
    }
  }

  #refusal(status: number, text: string): string {
    if (status === 401) {
      const mend = this.#token === undefined ? 'name its file with --token-file' : 'it is another'
      return `${this.#address} asks for its access token; ${mend}`
    }
    return `${this.#address} answers ${status}: ${detailOf(text)}`
  }
}

function tokenOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw usageError(`option "--token-file" names a file that cannot be read: ${String(cause)}`)
  }
}

/** The words of a problem, the reasons of not being ready, or how anything else begins. */
function detailOf(text: string): string {
  try {
    const { detail, reasons } = JSON.parse(text) as { detail?: unknown; reasons?: unknown }
    if (typeof detail === 'string') return detail
    if (Array.isArray(reasons)) return reasons.join(', ')
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return `this is not forewarn: "${text.slice(0, 80)}"`
}
