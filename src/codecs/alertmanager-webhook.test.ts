import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alarmReport, anyReport, scoreReport } from '../../test/sample-reports.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import { AlertmanagerWebhookEncoder, alertmanagerWebhookOptions } from './alertmanager-webhook.ts'
import type { AlertmanagerWebhookOptions } from './alertmanager-webhook.ts'

function text(reports: readonly Report[], options: Partial<AlertmanagerWebhookOptions> = {}) {
  const all = optionsWithDefaults(alertmanagerWebhookOptions, options)
  return new TextDecoder().decode(new AlertmanagerWebhookEncoder(all).encode(reports))
}

test('a firing alarm is an alert as Alertmanager sends it', () => {
  const options = { receiver: 'team', externalUrl: 'http://page.example' }
  const summary = '412, expected 180 to 260; once in 2000 samples'
  const labels = { alertname: 'default', severity: 'warning', series: 'cpu{host="a"}', host: 'a' }
  const link = 'http://page.example/#cpu%7Bhost%3D%22a%22%7D'
  const annotations = {
    summary,
    value: '412',
    score: '0.9995',
    expected: '220 (180 to 260)',
    since: '2025-03-01 11:59:55 UTC',
    rarity: 'once in 2000 samples',
    link,
  }
  const body = JSON.parse(text([alarmReport('firing')], options)) as { alerts: object[] }
  expect(body).toEqual({
    version: '4',
    groupKey: '{}:{}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'team',
    groupLabels: {},
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: 'http://page.example',
    alerts: [
      {
        status: 'firing',
        labels,
        annotations,
        startsAt: '2025-03-01T11:59:55.000Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: link,
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    ],
  })
})

interface Body {
  readonly status: string
  readonly commonLabels: Record<string, string>
  readonly alerts: {
    status: string
    endsAt: string
    fingerprint: string
    labels: Record<string, string>
  }[]
}

const parsed = (reports: readonly Report[]): Body => JSON.parse(text(reports)) as Body

test('a resolved alarm has its end and the fingerprint that it had', () => {
  const fired = parsed([alarmReport('firing')])
  const resolved = parsed([alarmReport('resolved', { value: 200 })])
  expect(resolved.status).toBe('resolved')
  expect(resolved.alerts[0]?.endsAt).toBe('2025-03-01T12:00:00.000Z')
  expect(resolved.alerts[0]?.fingerprint).toBe(fired.alerts[0]?.fingerprint)
})

test('an alarm that changed twice is as it is last; the body fires while any alert does', () => {
  const other = { alarmId: 'a2', labels: Labels.named('cpu', [['host', 'b']]) }
  const body = parsed([
    alarmReport('firing'),
    alarmReport('firing', other),
    alarmReport('resolved'),
  ])
  expect(body.alerts.map(({ status }) => status)).toEqual(['resolved', 'firing'])
  expect(body.status).toBe('firing')
  expect(body.commonLabels).toEqual({ alertname: 'default', severity: 'warning' })
})

test('labels that have our names are kept under others, and nothing reaches a prototype', () => {
  const labels = Labels.named('cpu', [
    ['severity', 'x'],
    ['__proto__', 'y'],
    ['empty', ''],
  ])
  const [alert] = parsed([alarmReport('firing', { labels })]).alerts
  expect(Object.entries(alert?.labels ?? {})).toContainEqual(['exported_severity', 'x'])
  expect(Object.entries(alert?.labels ?? {})).toContainEqual(['__proto__', 'y'])
  expect(alert?.labels['severity']).toBe('warning')
})

test('there is no body without an alarm that fires or is resolved', () => {
  expect(text([scoreReport(), alarmReport('pending'), alarmReport('inactive')])).toBe('')
})

test('any batch is JSON, one alert an alarm', () => {
  fc.assert(
    fc.property(fc.array(anyReport, { maxLength: 6 }), (reports) => {
      const told = reports.some(
        (report) => report.kind === 'alarm' && ['firing', 'resolved'].includes(report.state),
      )
      const body = text(reports)
      expect(body !== '').toBe(told)
      if (told) expect((JSON.parse(body) as Body).alerts).toHaveLength(1)
    }),
  )
})
