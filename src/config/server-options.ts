/** Options of the one HTTP listener: page, API, metrics and health. */

import type { OptionSpecs, OptionsOf } from '../core/options.ts'

/** Options under `server:`. */
export const serverOptions = {
  listen: {
    kind: 'text',
    default: '127.0.0.1:8686',
    about:
      'Address of page, API, /metrics and health. `127.0.0.1:8686`: this machine only; `:8686`: ' +
      'every interface. Port 0 lets the system choose.',
  },
  publicUrl: {
    kind: 'text',
    default: '',
    about:
      'Address of the page as people reach it, such as https://forewarn.example.org: alarms carry ' +
      'links to it. Empty: they carry none.',
  },
  token: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Access token that page, API and /metrics ask for. Empty: none is asked for.',
  },
  hosts: {
    kind: 'text-list',
    default: [],
    about:
      'Names that the server answers for besides this machine’s own, where a proxy stands in ' +
      'front of a loopback address.',
  },
  ping: {
    kind: 'choice',
    words: ['influx', 'pensu'],
    default: 'influx',
    about:
      'How /ping is answered: 204 without a body as InfluxDB does, or 200 with the JSON that ' +
      'Pensu answers.',
  },
  tlsCertificate: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Certificate chain as PEM text, for HTTPS; with tls_key. Empty: HTTP.',
  },
  tlsKey: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Private key of the certificate, as PEM text.',
  },
} as const satisfies OptionSpecs

export type ServerOptions = OptionsOf<typeof serverOptions>
