/**
 * Alarms as messages of Slack's Block Kit.
 *
 *   header    Firing: cpu{host="a"}
 *   section   412, expected 180 to 260; once in 2000 samples
 *   fields    Value, Expected, Since, How rare, Severity, …
 *   context   a link to the page
 *
 * Every message has `text` too, for notifications and screen readers. Limits are Slack's; what is
 * longer is cut with `…`.
 *
 * Source: https://docs.slack.dev/reference/block-kit/blocks/
 */

import type { AlarmFacts } from '../../core/alarm-facts.ts'
import { namedFacts } from '../../core/alarm-facts.ts'

/** The body of a message. */
export interface SlackMessage {
  readonly text: string
  readonly blocks: readonly object[]
}

const headerMax = 150
const textMax = 3_000
const fieldMax = 2_000
/** All blocks together; beyond about 13,000 characters Slack says msg_blocks_too_long. */
const lineMax = 500
/** A longer link is left out of a line. */
const linkMax = 250

const marks: Readonly<Record<string, string>> = {
  info: ':large_blue_circle:',
  warning: ':large_orange_circle:',
  critical: ':red_circle:',
}

/** One alarm as a message of its own. */
export function alarmMessage(facts: AlarmFacts): SlackMessage {
  const shown = namedFacts(facts)
  const fields = shown.map(([name, text]) =>
    markdown(cut(`*${name}*\n`, name === 'Series' ? code(text) : escaped(text), fieldMax)),
  )
  const blocks: object[] = [
    { type: 'header', text: { type: 'plain_text', text: cut('', facts.title, headerMax) } },
    { type: 'section', text: markdown(cut(`${mark(facts)} `, escaped(facts.reason), textMax)) },
    { type: 'section', fields },
  ]
  if (facts.link !== '') {
    const link = `<${escaped(facts.link)}|Open it on the page>`
    if (link.length <= textMax) blocks.push({ type: 'context', elements: [markdown(link)] })
  }
  return { text: cut('', escaped(`${facts.title}: ${facts.reason}`), textMax), blocks }
}

/** Many alarms in one message, a line each. */
export function digestMessage(all: readonly AlarmFacts[]): SlackMessage {
  const title = `${all.length} changes of alarms`
  const lines = all.map((facts) => {
    const words = escaped(`${facts.title}: ${facts.reason}`)
    const link = facts.link === '' ? '' : ` <${escaped(facts.link)}|Open>`
    const tail = `\n_${facts.severity} since ${facts.since}_${link.length > linkMax ? '' : link}`
    const line = cut(`${mark(facts)} `, words, lineMax - tail.length) + tail
    return { type: 'section', text: markdown(line) }
  })
  const header = { type: 'header', text: { type: 'plain_text', text: title } }
  return { text: title, blocks: [header, ...lines] }
}

function mark({ until, severity }: AlarmFacts): string {
  return until === '' ? (marks[severity] ?? ':white_circle:') : ':large_green_circle:'
}

function markdown(text: string): object {
  return { type: 'mrkdwn', text }
}

/** The three characters that Slack asks to escape. */
function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

/** As it is, without the signs that would make it bold or struck out. */
function code(text: string): string {
  return `\`${escaped(text).replace(/`/g, "'")}\``
}

/** Never within an escape: those are at most five characters long. */
function cut(before: string, text: string, lengthMax: number): string {
  const rest = lengthMax - before.length
  if (text.length <= rest) return before + text
  return before + text.slice(0, rest - 1).replace(/&[a-z]{0,3}$/, '') + '…'
}
