/**
 * Whom a client trusts and by what it is known, in TLS: the options that all connections with
 * certificates have in common, and what `node:tls` is given by them.
 */

import { ForewarnError } from '../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'

/** Options of every connection that may be asked for a certificate of its own. */
export const tlsOptions = {
  tlsCa: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Certificates, as PEM text, that the server’s is checked against. Empty: the system’s.',
  },
  tlsCertificate: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Certificate of this client, as PEM text, where the server asks for one; with tls_key.',
  },
  tlsKey: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Private key of the certificate, as PEM text.',
  },
} as const satisfies OptionSpecs

export type TlsOptions = OptionsOf<typeof tlsOptions>

/** Certificates as PEM texts; absent ones are those of the system, or none. */
export interface TlsPeer {
  /** The name asked for and checked, where the host is one: addresses are not sent (RFC 6066). */
  readonly servername?: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** For a host by name or address. Throws ERR_CONFIG_INVALID where one of a pair is missing. */
export function tlsPeer(options: TlsOptions, host: string): TlsPeer {
  const { tlsCa, tlsCertificate, tlsKey } = options
  if ((tlsCertificate === '') !== (tlsKey === '')) {
    const message = 'tls_key: expected tls_certificate and tls_key together, found one'
    throw new ForewarnError('ERR_CONFIG_INVALID', message)
  }
  const isName = /[a-z]/i.test(host) && !host.includes(':')
  return {
    ...(isName && { servername: host }),
    ...(tlsCa !== '' && { ca: tlsCa }),
    ...(tlsKey !== '' && { cert: tlsCertificate, key: tlsKey }),
  }
}
