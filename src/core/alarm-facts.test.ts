import { expect, test } from 'vitest'
import { alarmReport, noonMs } from '../../test/sample-reports.ts'
import { Labels } from './labels.ts'
import { alarmFacts, namedFacts } from './alarm-facts.ts'

test('an alarm in words and fields', () => {
  const facts = alarmFacts(alarmReport('firing'), 'https://fw.example.org')
  expect(facts).toEqual({
    title: 'Firing: cpu{host="a"}',
    reason: '412, expected 180 to 260; once in 2000 samples',
    series: 'cpu{host="a"}',
    value: '412',
    expected: '220 (180 to 260)',
    since: '2025-03-01 11:59:55 UTC',
    until: '',
    rarity: 'once in 2000 samples',
    severity: 'warning',
    rule: 'default',
    acknowledged: '',
    link: 'https://fw.example.org/#cpu%7Bhost%3D%22a%22%7D',
  })
  expect(namedFacts(facts).map(([name]) => name)).toEqual([
    'Series',
    'Value',
    'Expected',
    'Since',
    'How rare',
    'Severity',
    'Rule',
  ])
})

test('what is not known is not said', () => {
  const band = { expected: NaN, lower: NaN, upper: NaN }
  const facts = alarmFacts(alarmReport('resolved', { ...band, score: 0.2 }), '')
  expect(facts).toMatchObject({ title: 'Resolved: cpu{host="a"}', expected: '', rarity: '' })
  expect(facts).toMatchObject({ link: '', until: '2025-03-01 12:00:00 UTC' })
  const f = (changes: object): string => alarmFacts(alarmReport('firing', changes), '').expected
  expect(f({ lower: NaN })).toBe('220')
  expect(f({ expected: NaN })).toBe('180 to 260')
  expect(alarmFacts(alarmReport('firing', { score: 1 }), '').rarity).toBe('never seen before')
})

test('who has seen it', () => {
  const acknowledged = { who: 'ada\r\nBcc: x', atMs: noonMs, text: '' }
  const facts = alarmFacts(alarmReport('firing', { acknowledged, news: 'acknowledged' }), '')
  expect(facts).toMatchObject({ title: 'Acknowledged: cpu{host="a"}' })
  expect(facts.acknowledged).toBe('by ada Bcc: x')
})

test('texts from the wire are one line of whole characters', () => {
  const labels = Labels.named('a\r\nb\u2028c\ud800')
  const facts = alarmFacts(alarmReport('firing', { labels, reason: 'x\u0000\ny' }), 'http://h')
  expect(facts.title).toMatch(/^Firing: [^\r\n\u2028]+$/)
  expect(facts.reason).toBe('x y')
  expect(facts.link).toMatch(/^http:\/\/h\/#[^\s]+$/)
})
