/**
 * Which format a file has, from its first lines; its name says nothing.
 *
 *   {"name": …, "fields": {…} …}, {"metrics": […]}     telegraf
 *   {…}                                                jsonl
 *   path value timestamp                               carbon
 *   measurement,tag=a field=1 timestamp                influx
 *   anything else                                      csv
 *
 * The format of most lines wins, so that a broken first line does not decide.
 */

export const inputFormats = ['csv', 'jsonl', 'influx', 'carbon', 'telegraf'] as const
export type InputFormat = (typeof inputFormats)[number]

/** Lines that are looked at: enough for a vote, little enough to be quick. */
const linesMax = 20

const number = '[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?'
const carbonLine = new RegExp(`^\\S+\\s+(?:${number}|nan)\\s+${number}\\s*$`, 'i')
/** A first word without comma-separated numbers, then `field=value`. */
const influxLine = /^[^\s"]+(?:\\ [^\s]*)* +[^\s=,]+=\S/

/** The format of the text at the head of a file. The last line may be cut. */
export function sniffedFormat(head: string): InputFormat {
  const lines = head.split(/\r?\n/)
  if (lines.length > 1) lines.pop()
  const votes = new Map<InputFormat, number>()
  let looked = 0
  for (const line of lines) {
    if (looked >= linesMax) break
    if (line.trim() === '' || line.startsWith('#')) continue
    looked++
    const format = lineFormat(line)
    votes.set(format, (votes.get(format) ?? 0) + 1)
  }
  let best: InputFormat = 'csv'
  for (const [format, count] of votes) if (count > (votes.get(best) ?? 0)) best = format
  return best
}

function lineFormat(line: string): InputFormat {
  if (/^\s*\{/.test(line)) return /"(fields|metrics)"\s*:\s*[[{]/.test(line) ? 'telegraf' : 'jsonl'
  if (carbonLine.test(line)) return 'carbon'
  return influxLine.test(line) ? 'influx' : 'csv'
}
