/**
 * Templates: texts with labels in them, written forwards and read backwards.
 *
 *   servers.{host}.{__name__}        forwards: host=vm1, __name__=cpu   → servers.vm1.cpu
 *                                    backwards: servers.vm1.cpu  → host=vm1, __name__=cpu
 *
 * Backwards, the text between two placeholders ends the first of them at its first occurrence; the
 * last placeholder takes the rest. `{_}` passes a part over. `{{` and `}}` stand for braces.
 *
 * Cost: both ways linear in the text; no regular expressions, nothing is tried twice.
 */

import { ForewarnError } from './errors.ts'
import type { Labels } from './labels.ts'

/** The placeholder whose part is passed over. */
const passedOver = '_'

/** A compiled template. Throws ERR_CONFIG_INVALID where its braces do not close. */
export class LabelTemplate {
  readonly text: string
  /** Label names in the order of their placeholders. */
  readonly names: readonly string[]
  /** The texts around them: one more than there are names. */
  readonly #between: readonly string[]

  constructor(text: string) {
    this.text = text
    const { names, between } = parsed(text)
    this.names = names
    this.#between = between
  }

  /** The text with the labels' values, or undefined where a label it names is not there. */
  rendered(labels: Labels): string | undefined {
    let text = this.#between[0] as string
    for (let i = 0; i < this.names.length; i++) {
      const value = labels.get(this.names[i] as string)
      if (value === undefined) return undefined
      text += value + (this.#between[i + 1] as string)
    }
    return text
  }

  /**
   * The labels that make this text, or undefined where it does not have the template's form. No
   * part is empty. Only for a template that is `readable`.
   */
  parts(text: string): [string, string][] | undefined {
    const between = this.#between
    const parts: [string, string][] = []
    if (!text.startsWith(between[0] as string)) return undefined
    let start = (between[0] as string).length
    for (let i = 0; i < this.names.length; i++) {
      const next = between[i + 1] as string
      const last = i === this.names.length - 1
      const end = last ? endBefore(text, next) : text.indexOf(next, start + 1)
      if (end <= start) return undefined
      const name = this.names[i] as string
      if (name !== passedOver) parts.push([name, text.slice(start, end)])
      start = end + next.length
    }
    return start === text.length ? parts : undefined
  }

  /** False where two placeholders touch, so that no text says where one ends. */
  get readable(): boolean {
    return !this.#between.slice(1, -1).includes('')
  }
}

/** Where the ending starts, or -1. */
function endBefore(text: string, ending: string): number {
  return text.endsWith(ending) ? text.length - ending.length : -1
}

function parsed(text: string): { names: string[]; between: string[] } {
  const names: string[] = []
  const between: string[] = []
  let literal = ''
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string
    if ((character === '{' || character === '}') && text[i + 1] === character) {
      literal += character
      i++
    } else if (character === '{') {
      const end = text.indexOf('}', i)
      const name = text.slice(i + 1, end)
      if (end < 0 || name === '' || name.includes('{')) throw unclosed(text)
      between.push(literal)
      names.push(name)
      literal = ''
      i = end
    } else if (character === '}') throw unclosed(text)
    else literal += character
  }
  return { names, between: [...between, literal] }
}

function unclosed(text: string): ForewarnError {
  const message = `cannot read the template: a brace opens or closes nothing; template: "${text}"`
  return new ForewarnError('ERR_CONFIG_INVALID', message)
}
