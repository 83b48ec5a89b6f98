/** A line of the JSON log as people read it on a terminal. */

/** SGR codes of ECMA-48 by level. */
const colours: Readonly<Record<string, number>> = { error: 31, warn: 33, info: 32, debug: 2 }

/** Fields that have a place of their own in the line. */
const placed = new Set(['level', 'time', 'component', 'msg', 'err'])

/** Codes of errors whose message says all: the other side is gone, the input is wrong. */
const plainCode = /^(ERR_(CONFIG|SERVER|SINK|SOURCE|SNAPSHOT|EVALUATION|CLI)_|E[A-Z]+$)/

/**
 * `time  level  component  message  name=value …`. An error's message follows; its stack only where
 * the error has no code, because then it is a fault of the program.
 */
export function prettyLine(json: string, style: 'pretty' | 'coloured'): string {
  const fields = JSON.parse(json) as Record<string, unknown>
  const level = String(fields['level'])
  const word = level.padEnd(5)
  const code = colours[level] ?? 0
  const shown = style === 'coloured' ? `\x1b[${code}m${word}\x1b[0m` : word
  const head = [fields['time'], shown, fields['component'], fields['msg']].map(String)
  const facts = Object.entries(fields)
    .filter(([name]) => !placed.has(name))
    .map(([name, value]) => `${name}=${valueText(value)}`)
  const parts = [...head, ...(facts.length > 0 ? [facts.join(' ')] : [])]
  return parts.join('  ') + errorText(fields['err']) + '\n'
}

function errorText(err: unknown): string {
  if (typeof err !== 'object' || err === null) return ''
  const { message, code, causes, stack } = err as Record<string, unknown>
  let text = `: ${printable(String(message))}`
  if (Array.isArray(causes)) text += causes.map((cause) => `; ${printable(String(cause))}`).join('')
  const known = typeof code === 'string' && plainCode.test(code)
  return known || typeof stack !== 'string' ? text : `${text}\n${printable(stack)}`
}

/** Plain words stand bare; everything else is quoted as in JSON, so a line stays a line. */
function valueText(value: unknown): string {
  if (typeof value === 'string' && /^[\w./:{}=+-]+$/.test(value)) return value
  return printable(JSON.stringify(value))
}

/** Without control characters other than the line ends of a stack. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?')
}
