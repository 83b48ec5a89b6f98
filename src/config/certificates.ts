/**
 * Certificates and keys of a configuration, looked at before anything connects: a text that is none
 * would be found by the first connection only, and a server's would end the program at its start.
 *
 * The texts are secrets, so no message quotes them.
 */

import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Config } from './config.ts'
import type { Path } from './origin.ts'

/** One certificate of a PEM text; what stands around them is passed over, as TLS does. */
const certificate =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

/** Reports every text among the options of sources, sinks, store and server that is no PEM. */
export function certificateFaults(config: Config, fault: Report): void {
  const { sources, sinks, store, server } = config
  for (const { name, options } of sources) {
    const { tlsCa, tlsCertificate, tlsKey } = options
    textFaults({ tlsCa, tlsCertificate, tlsKey }, ['sources', name], fault)
  }
  for (const { name, options } of sinks) {
    const { tlsCa, tlsCertificate, tlsKey } = options
    textFaults({ tlsCa, tlsCertificate, tlsKey }, ['sinks', name], fault)
  }
  const { redisTlsCa: tlsCa, redisTlsCertificate: tlsCertificate, redisTlsKey: tlsKey } = store
  const redis = (path: Path, message: string): void =>
    fault(['store', `redis_${String(path.at(-1))}`], message)
  textFaults({ tlsCa, tlsCertificate, tlsKey }, ['store'], redis)
  textFaults(server, ['server'], fault)
}

type Report = (path: Path, message: string) => void

/** Options of one connection; what is no text it does not have. */
interface Texts {
  readonly tlsCa?: unknown
  readonly tlsCertificate?: unknown
  readonly tlsKey?: unknown
}

function textFaults(texts: Texts, path: Path, fault: Report): void {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const trusted = text(texts.tlsCa)
  if (trusted !== '' && certificatesOf(trusted) === undefined) {
    fault([...path, 'tls_ca'], noCertificate)
  }
  const [own, key] = [text(texts.tlsCertificate), text(texts.tlsKey)]
  if (own !== '' && key !== '') pairFaults(own, key, (name, why) => fault([...path, name], why))
}

const noCertificate = 'expected certificates as PEM text (-----BEGIN CERTIFICATE-----)'

/** A certificate and its key. That one of them is missing is said elsewhere. */
function pairFaults(
  own: string,
  key: string,
  tell: (option: string, message: string) => void,
): void {
  const [first] = certificatesOf(own) ?? []
  if (first === undefined) tell('tls_certificate', noCertificate)
  let parsed
  try {
    parsed = createPrivateKey(key)
  } catch {
    tell('tls_key', 'expected a private key as PEM text, without a password')
    return
  }
  if (first !== undefined && !first.checkPrivateKey(parsed)) {
    tell('tls_key', 'this is not the key of tls_certificate')
  }
}

/** All certificates of a text; undefined where there is none, or one that cannot be read. */
function certificatesOf(text: string): readonly X509Certificate[] | undefined {
  const found = text.match(certificate)
  if (found === null) return undefined
  try {
    return found.map((each) => new X509Certificate(each))
  } catch {
    return undefined
  }
}
