/** Options of the Zabbix sink. */

import { isPlace } from '../../connections/place.ts'
import { tlsOptions, tlsPeer } from '../../connections/tls.ts'
import { ForewarnError } from '../../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../../core/options.ts'

export const zabbixSinkOptions = {
  host: {
    kind: 'text',
    default: '127.0.0.1',
    about: 'Name or address of the Zabbix server or proxy.',
  },
  port: {
    kind: 'integer',
    min: 1,
    max: 65_535,
    default: 10_051,
    about: 'Its trapper port.',
  },
  zabbixHost: {
    kind: 'text',
    default: 'Forewarn',
    about: 'Technical name of the host in Zabbix that has the template and so the items.',
  },
  hostLabel: {
    kind: 'text',
    default: '',
    about:
      'A label whose value is the technical name of the host instead, as `host`; series without ' +
      'it go to zabbix_host. Each such host needs the template.',
  },
  scores: {
    kind: 'boolean',
    default: true,
    about: 'Send the score of every sample.',
  },
  compress: {
    kind: 'boolean',
    default: true,
    about: 'Compress what is sent.',
  },
  seriesMax: {
    kind: 'integer',
    min: 1,
    max: 1_000_000,
    default: 10_000,
    about: 'At most this many series are made known as items; values of others are refused.',
  },
  discoveryEveryMs: {
    kind: 'duration',
    min: 1_000,
    max: 86_400_000,
    default: 3_600_000,
    about: 'All series are made known anew this often; new ones at once.',
  },
  itemWaitMs: {
    kind: 'duration',
    min: 0,
    max: 3_600_000,
    default: 150_000,
    about:
      'Values of a new series wait this long for Zabbix to make its items. The server looks for ' +
      'new items once a minute where it is not set otherwise (CacheUpdateFrequency).',
  },
  tls: {
    kind: 'boolean',
    default: false,
    about: 'Speak TLS by certificates, and check the server’s. Zabbix asks for the client’s too.',
  },
  ...tlsOptions,
} as const satisfies OptionSpecs

/** What Zabbix lets a host be called: blanks too, but not at either end; at most 128 characters. */
const technicalName = /^(?! )[0-9A-Za-z ._-]{1,128}(?<! )$/

export type ZabbixSinkOptions = OptionsOf<typeof zabbixSinkOptions>

/** Throws ERR_CONFIG_INVALID where options do not go together. */
export function checkZabbixSink(options: ZabbixSinkOptions): void {
  const fault = (message: string): ForewarnError => new ForewarnError('ERR_CONFIG_INVALID', message)
  const { host, zabbixHost } = options
  if (!isPlace(host)) throw fault(`host: expected a name or an address, found "${host}"`)
  if (!technicalName.test(zabbixHost)) {
    const wanted = 'the technical name of a host: letters, digits, blanks, ".", "_" and "-"'
    throw fault(`zabbix_host: expected ${wanted}; found "${zabbixHost}"`)
  }
  tlsPeer(options, options.host)
}
