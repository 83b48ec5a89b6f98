/**
 * The address to listen on, as people write it: `127.0.0.1:8686`, `[::1]:8686`, `localhost:8686`,
 * `8686` (this machine only), `:8686` or `*:8686` (every interface).
 */

import { ForewarnError } from '../core/errors.ts'

/** A host and a port; port 0 lets the system choose one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

const form = /^(?:(?:\[([0-9a-f:.]+)\]|([^:[\]]*)):)?(\d{1,5})$/i

/** Throws ERR_CONFIG_INVALID where the text is not an address. */
export function listenAddress(text: string): ListenAddress {
  const parts = form.exec(text.trim())
  const port = Number(parts?.[3])
  if (parts === null || port > 65_535) {
    const example = 'an address like 127.0.0.1:8686 or [::1]:8686'
    throw new ForewarnError('ERR_CONFIG_INVALID', `server.listen: "${text}" is not ${example}`)
  }
  const host = parts[1] ?? parts[2]
  if (host === undefined) return { host: '127.0.0.1', port }
  return { host: host === '' || host === '*' ? '::' : host, port }
}

/** True if only programs on this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** As it stands in a URL: IPv6 in brackets. */
export function writtenAddress(address: ListenAddress): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${host}:${address.port}`
}
