/** Options of the e-mail sink, apart from it so that the client loads only where it is used. */

import type { OptionSpecs, OptionsOf } from '../../core/options.ts'
import { fault } from '../posting/address.ts'
import { trustOptions } from '../posting/http-place.ts'

export const emailOptions = {
  host: {
    kind: 'text',
    default: '127.0.0.1',
    about: 'Name or address of the mail server.',
  },
  port: {
    kind: 'integer',
    min: 1,
    max: 65_535,
    default: 587,
    about: 'Its port: 587 for STARTTLS, 465 for TLS from the start, 25 between servers.',
  },
  tls: {
    kind: 'choice',
    words: ['auto', 'starttls', 'implicit', 'none'],
    default: 'auto',
    about:
      'auto: implicit at port 465, else starttls. starttls: nothing is sent before the ' +
      'connection is encrypted. none: in the open, without a password.',
  },
  user: {
    kind: 'text',
    default: '',
    about: 'Name to sign in with. Empty: without signing in.',
  },
  password: { kind: 'text', default: '', secret: true, about: 'Password for it.' },
  from: {
    kind: 'text',
    default: '',
    about: 'Address of the sender: forewarn@example.org.',
  },
  to: {
    kind: 'text-list',
    default: [],
    about: 'Addresses of those who are told.',
  },
  helo: {
    kind: 'text',
    default: '',
    about: 'Name that this machine gives itself to the server. Empty: the machine’s own.',
  },
  chart: {
    kind: 'boolean',
    default: true,
    about:
      'Put a picture of the last samples and their bands into the mail. The sink is then handed ' +
      'every scored sample.',
  },
  chartSeriesMax: {
    kind: 'integer',
    min: 1,
    max: 1_000_000,
    default: 10_000,
    about: 'At most this many series have a picture; each takes 2 KiB of memory.',
  },
  ...trustOptions,
} as const satisfies OptionSpecs

export type EmailOptions = OptionsOf<typeof emailOptions>

const address = /^[^\s<>@,;:"()[\]\\]{1,64}@[^\s<>@,;:"()[\]\\]{1,255}$/

/** Throws ERR_CONFIG_INVALID where these options cannot be sent by. */
export function checkEmail(options: EmailOptions): void {
  const { from, to, user, password, tls, host, helo } = options
  if (!address.test(from)) throw fault(`from: expected an address, found "${from}"`)
  if (to.length === 0) throw fault('to: expected at least one address, found none')
  for (const each of to) {
    if (!address.test(each)) throw fault(`to: expected an address, found "${each}"`)
  }
  if (!/^[^\s\u0000-\u001f]+$/.test(host)) throw fault('host: expected a name or an address')
  if (!/^[^\s\u0000-\u001f]*$/.test(helo)) throw fault('helo: expected a name')
  if ((user === '') !== (password === '')) throw fault('expected user and password together')
  if (tls === 'none' && user !== '') throw fault('tls: a password is not sent in the open')
}
