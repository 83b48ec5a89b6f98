/**
 * Alarms as the webhook of Prometheus' Alertmanager, version 4, for receivers that speak it.
 *
 *   {"version":"4","groupKey":"{}:{}","truncatedAlerts":0,"status":"firing","receiver":…,
 *    "groupLabels":{},"commonLabels":{…},"commonAnnotations":{…},"externalURL":…,
 *    "alerts":[{"status":"firing","labels":{"alertname":…,"severity":…,"series":…,…},
 *               "annotations":{"summary":…,"value":…,…},"startsAt":…,"endsAt":…,
 *               "generatorURL":…,"fingerprint":…}]}
 *
 * An alert for each alarm that fires or is resolved; one that changed twice in a batch as it is
 * last. Labels are those of the series, with the rule as `alertname` and the whole key as `series`;
 * a label of the series that has one of our names is `exported_…`, as Prometheus does. Values are
 * annotations, never labels: labels alone are the identity, and so the fingerprint.
 *
 * Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */

import { alarmFacts } from '../core/alarm-facts.ts'
import { dateText } from '../core/date-text.ts'
import { hash64 } from '../core/hash.ts'
import { fieldLabel, nameLabel } from '../core/labels.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { AlarmReport } from '../core/report.ts'
import { eachReport } from '../core/score-run.ts'
import type { Reports } from '../core/score-run.ts'
import type { Encoder } from './codec.ts'

/** Options of the encoder. */
export const alertmanagerWebhookOptions = {
  receiver: {
    kind: 'text',
    default: 'forewarn',
    about: 'What the body says as `receiver`.',
  },
  externalUrl: {
    kind: 'text',
    default: '',
    about: 'Address of the page, for links in messages. Empty: the one that is configured.',
  },
  pageUrl: {
    kind: 'text',
    default: '',
    about: 'Address of the page, as the program is configured.',
  },
} as const satisfies OptionSpecs

export type AlertmanagerWebhookOptions = OptionsOf<typeof alertmanagerWebhookOptions>

/** What Alertmanager writes for an end that is not known. */
const noEnd = '0001-01-01T00:00:00Z'

type Texts = Readonly<Record<string, string>>

interface Alert {
  readonly status: 'firing' | 'resolved'
  readonly labels: Texts
  readonly annotations: Texts
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL: string
  readonly fingerprint: string
}

/** See the head of the file. */
export class AlertmanagerWebhookEncoder implements Encoder {
  readonly contentType = 'application/json'
  readonly #options: AlertmanagerWebhookOptions

  constructor(options: AlertmanagerWebhookOptions) {
    this.#options = options
  }

  encode(reports: Reports): Uint8Array {
    const { receiver, pageUrl } = this.#options
    const externalUrl = this.#options.externalUrl || pageUrl
    const last = new Map<string, AlarmReport>()
    for (const report of eachReport(reports)) {
      if (report.kind !== 'alarm') continue
      if (report.state === 'firing' || report.state === 'resolved') last.set(report.alarmId, report)
    }
    if (last.size === 0) return new Uint8Array(0)
    const alerts = [...last.values()].map((alarm) => alertOf(alarm, externalUrl))
    const body = {
      version: '4',
      groupKey: '{}:{}',
      truncatedAlerts: 0,
      status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
      receiver,
      groupLabels: {},
      commonLabels: common(alerts.map(({ labels }) => labels)),
      commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
      externalURL: externalUrl,
      alerts,
    }
    return new TextEncoder().encode(JSON.stringify(body))
  }
}

function alertOf(alarm: AlarmReport, pageUrl: string): Alert {
  const { state, startedMs, timestampMs, reason, value, score } = alarm
  const { expected, since, rarity, link } = alarmFacts(alarm, pageUrl)
  const known = Object.entries({ expected, since, rarity, link }).filter(([, text]) => text !== '')
  const labels = labelsOf(alarm)
  return {
    status: state === 'firing' ? 'firing' : 'resolved',
    labels,
    annotations: {
      summary: reason,
      value: String(value),
      score: String(score),
      ...Object.fromEntries(known),
    },
    startsAt: rfc3339(startedMs),
    endsAt: state === 'firing' ? noEnd : rfc3339(timestampMs),
    generatorURL: link,
    fingerprint: hash64(JSON.stringify(Object.entries(labels).sort())),
  }
}

function labelsOf({ labels, rule, severity }: AlarmReport): Texts {
  const own = { alertname: rule, severity, series: labels.key }
  const all: [string, string][] = Object.entries(own)
  for (const [name, value] of labels.entries()) {
    if (name === nameLabel || name === fieldLabel || value === '') continue
    all.push([Object.hasOwn(own, name) ? `exported_${name}` : name, value])
  }
  return Object.fromEntries(all)
}

/** What all of them have with the same text. */
function common(all: readonly Texts[]): Texts {
  const [first = {}, ...others] = all
  const shared = Object.entries(first).filter(([name, text]) =>
    others.every((each) => Object.hasOwn(each, name) && each[name] === text),
  )
  return Object.fromEntries(shared)
}

function rfc3339(timestampMs: number): string {
  return dateText(timestampMs).replace(' ', 'T') + 'Z'
}
