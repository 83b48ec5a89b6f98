/**
 * An alarm as a mail: text, HTML, a picture where there is one, and ids by which mail programs put
 * all mails of an alarm into one thread.
 *
 *   firing      Message-ID: <alarm-ID@…>
 *   all others  Message-ID: <report-ID@…>   In-Reply-To, References: <alarm-ID@…>
 *
 * The same report is always the same Message-ID, so that one sent twice can be told.
 *
 * Source: RFC 5322, 3.6.4; RFC 3834 (Auto-Submitted).
 */

import { reportId } from '../../core/report.ts'
import type { AlarmReport } from '../../core/report.ts'
import { namedFacts } from '../../core/alarm-facts.ts'
import type { AlarmFacts } from '../../core/alarm-facts.ts'

/** What the mail library is given, but for sender and receivers. */
export interface Mail {
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly messageId: string
  readonly inReplyTo?: string
  readonly references?: string
  readonly headers: Readonly<Record<string, string>>
  readonly attachments?: readonly object[]
}

/** Subjects that are longer are cut by most programs. */
const subjectMax = 200
const automatic = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' }

/** One alarm as a mail. `domain` is the sender's. */
export function alarmMail(
  alarm: AlarmReport,
  facts: AlarmFacts,
  { domain, chart }: { readonly domain: string; readonly chart: Buffer | undefined },
): Mail {
  const thread = `<alarm-${plain(alarm.alarmId)}@${domain}>`
  const isFirst = alarm.state === 'firing' && alarm.news !== 'acknowledged'
  const messageId = isFirst ? thread : `<report-${reportId(alarm)}@${domain}>`
  return {
    subject: cut(`[${facts.severity}] ${facts.title}`),
    text: textOf(facts),
    html: htmlOf(facts, chart !== undefined),
    messageId,
    ...(!isFirst && { inReplyTo: thread, references: thread }),
    headers: { ...automatic, 'X-Entity-Ref-ID': plain(alarm.alarmId) },
    ...(chart !== undefined && { attachments: [inlined(chart)] }),
  }
}

/** Many alarms in one mail, a line each. */
export function digestMail(
  alarms: readonly AlarmReport[],
  all: readonly AlarmFacts[],
  domain: string,
): Mail {
  const title = `${all.length} changes of alarms`
  const lines = all.map(({ title, reason, severity, since, link }) =>
    [`${title}: ${reason}; ${severity} since ${since}`, link].filter(Boolean).join('\n  '),
  )
  const rows = lines.map((line) => `<li>${escaped(line)}</li>`).join('\n')
  const first = alarms[0] as AlarmReport
  return {
    subject: title,
    text: `${title}\n\n${lines.join('\n')}\n`,
    html: page(`<h3>${title}</h3>\n<ul>\n${rows}\n</ul>`),
    messageId: `<digest-${reportId(first)}-${all.length}@${domain}>`,
    headers: automatic,
  }
}

function inlined(chart: Buffer): object {
  const contentDisposition = 'inline'
  return { filename: 'chart.png', content: chart, cid: 'chart', contentDisposition }
}

function textOf(facts: AlarmFacts): string {
  const fields = namedFacts(facts).map(([name, text]) => `${name}: ${text}`)
  const link = facts.link === '' ? [] : ['', facts.link]
  return [facts.title, facts.reason, '', ...fields, ...link, ''].join('\n')
}

function htmlOf(facts: AlarmFacts, hasChart: boolean): string {
  const rows = namedFacts(facts).map(
    ([name, text]) => `<tr><th align="left">${name}</th><td>${escaped(text)}</td></tr>`,
  )
  const parts = [
    `<h3>${escaped(facts.title)}</h3>`,
    `<p>${escaped(facts.reason)}</p>`,
    ...(hasChart
      ? [`<p><img src="cid:chart" alt="The last samples of ${escaped(facts.series)}"></p>`]
      : []),
    `<table cellpadding="3">\n${rows.join('\n')}\n</table>`,
    ...(facts.link === ''
      ? []
      : [`<p><a href="${escaped(facts.link)}">Open it on the page</a></p>`]),
  ]
  return page(parts.join('\n'))
}

function page(body: string): string {
  return `<!doctype html>\n<html><body>\n${body}\n</body></html>\n`
}

function escaped(text: string): string {
  const inText = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
  return inText.replace(/"/g, '&quot;')
}

function plain(id: string): string {
  return id.replace(/[^A-Za-z0-9-]/g, '')
}

function cut(text: string): string {
  return text.length <= subjectMax ? text : `${text.slice(0, subjectMax - 1).toWellFormed()}…`
}
