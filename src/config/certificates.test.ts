import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { tables } from './tables.ts'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-certificates-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What is wrong with a configuration that has these parts. */
function faults(...parts: readonly object[]): string {
  const whole = Object.assign({ sources: { host: { type: 'host' } } }, ...parts) as object
  const file = { name: 'f.yaml', text: JSON.stringify(whole) }
  try {
    loadConfig({ file, environment: {}, sets: [] }, tables)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

const text = 'expected certificates as PEM text (-----BEGIN CERTIFICATE-----)'

test('a text that is no certificate is found wherever it stands, and not quoted', () => {
  const f = (parts: object, want: string): void => {
    const found = faults(parts)
    expect(found).toContain(want)
    expect(found).not.toContain('hunter2')
  }
  const wrong = { tls_ca: 'hunter2' }
  f({ sinks: { db: { type: 'postgres', tls: true, ...wrong } } }, `sinks.db.tls_ca: ${text}`)
  f({ sources: { k: { type: 'kafka', tls: true, ...wrong } } }, `sources.k.tls_ca: ${text}`)
  f(
    { store: { type: 'redis', redis_url: 'rediss://r', redis_tls_ca: 'hunter2' } },
    `store.redis_tls_ca: ${text}`,
  )
  const torn = '-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n'
  f({ server: { tls_certificate: torn, tls_key: 'hunter2' } }, `server.tls_certificate: ${text}`)
  f(
    { server: { tls_certificate: torn, tls_key: 'hunter2' } },
    'server.tls_key: expected a private key as PEM text, without a password',
  )
})

const certified = spawnSync('openssl', ['version']).status === 0 ? test : test.skip

certified('a certificate goes with its own key alone (needs openssl)', () => {
  const made = (name: string): { certificate: string; key: string } => {
    const files = { key: join(folder, `${name}.key`), certificate: join(folder, `${name}.pem`) }
    const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    const place = ['-subj', `/CN=${name}`, '-keyout', files.key, '-out', files.certificate]
    execFileSync('openssl', [...kind, ...place], { stdio: 'ignore' })
    const read = (path: string): string => readFileSync(path, 'utf8')
    return { certificate: read(files.certificate), key: read(files.key) }
  }
  const [one, other] = [made('one'), made('other')]
  const chain = `a word before\n${one.certificate}${other.certificate}`
  expect(faults({ server: { tls_certificate: chain, tls_key: one.key } })).toBe('')
  expect(faults({ sinks: { db: { type: 'postgres', tls: true, tls_ca: chain } } })).toBe('')
  expect(faults({ server: { tls_certificate: one.certificate, tls_key: other.key } })).toContain(
    'server.tls_key: this is not the key of tls_certificate',
  )
})
