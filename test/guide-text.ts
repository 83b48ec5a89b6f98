/** Blocks of a guide that can be carried out. */

/** Texts of the fenced blocks of a language, in their order. */
export function blocks(guide: string, language: string): string[] {
  const found: string[] = []
  for (const [, text = ''] of guide.matchAll(new RegExp('```' + language + '\n(.*?)```', 'gs'))) {
    found.push(text)
  }
  return found
}

/** Those that are whole configurations of Forewarn. */
export function configurations(guide: string): string[] {
  return blocks(guide, 'yaml').filter((text) => /^sources:/m.test(text) && /^sinks:/m.test(text))
}
