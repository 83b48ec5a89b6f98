/**
 * The address that a source of its own port listens on, as people write it: `127.0.0.1:2003`,
 * `[::1]:2003`, `2003` (this machine only), `:2003` or `*:2003` (every interface).
 */

import { ForewarnError } from '../../core/errors.ts'

export interface SourceAddress {
  readonly host: string
  /** 0 lets the system choose one. */
  readonly port: number
}

const form = /^(?:(?:\[([0-9a-f:.]+)\]|([^:[\]]*)):)?(\d{1,5})$/i

/** Throws ERR_CONFIG_INVALID where the text is not an address. */
export function sourceAddress(text: string): SourceAddress {
  const [, bracketed, plain, digits] = form.exec(text.trim()) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535) {
    const message = `listen: "${text}" is not an address like 127.0.0.1:2003 or [::1]:2003`
    throw new ForewarnError('ERR_CONFIG_INVALID', message)
  }
  const host = bracketed ?? plain
  if (host === undefined) return { host: '127.0.0.1', port }
  return { host: host === '' || host === '*' ? '::' : host, port }
}
