/**
 * Text out of bytes, and where lines end.
 *
 * Decoders work on bytes and make text only of what they keep: names, once, and the head of what
 * they refuse.
 */

const newline = 10
const firstPrintable = 32
const deleteCode = 127

/** Bytes of refused text that are made into characters: enough for what a rejection keeps. */
const quotedBytes = 200

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const looseDecoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Text of bytes that are known to be ASCII. Meant for short pieces. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number)
  return text
}

/** Text of UTF-8 bytes, or undefined where they are not valid UTF-8. */
export function utf8Text(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return strictDecoder.decode(bytes.subarray(start, end))
  } catch {
    return undefined
  }
}

/** The head of some bytes for people to read; what is not UTF-8 shows as U+FFFD. */
export function quotedText(bytes: Uint8Array, start: number, end: number): string {
  const text = looseDecoder.decode(bytes.subarray(start, Math.min(end, start + quotedBytes)))
  return end - start > quotedBytes ? text + '…' : text
}

/** Index of the first byte behind the mark that some programs put in front of UTF-8. */
export function afterByteOrderMark(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

/** Index of the line end at or after `start`, or the length where the last line has none. */
export function lineEnd(bytes: Uint8Array, start: number): number {
  const end = bytes.indexOf(newline, start)
  return end < 0 ? bytes.length : end
}

/** True if a text has one of the characters below space, or delete. */
export function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < firstPrintable || code === deleteCode) return true
  }
  return false
}

/** The text with `_` in place of each control character. */
export function withoutControlCharacters(text: string): string {
  if (!hasControlCharacter(text)) return text
  return Array.from(text, (char) => (hasControlCharacter(char) ? '_' : char)).join('')
}
