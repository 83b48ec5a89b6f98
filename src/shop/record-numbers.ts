/**
 * Lines of numbers with commas between, from bytes to one array, without a string for each.
 *
 *   1524619695,56,17␊      whole numbers of digits alone take the short way; any other field is
 *   1524619696,5.6e1,17␊   read as text, and one that is no finite number makes its line strange
 *
 * Cost: one pass over the bytes, 8 bytes a field.
 */

/** See the head of the file. */
export interface NumberLines {
  /** Lines that are there; empty ones are passed over. */
  readonly count: number
  /** Line by line, `width` numbers each; what a line lacks is 0, what it has over is left out. */
  readonly values: Float64Array
  /** The first line with too few fields or one that is no number: nothing is read on. */
  readonly strange: string | undefined
}

const [comma, newline, zero, nine] = [0x2c, 0x0a, 0x30, 0x39]
/** So many digits are a whole number exactly. */
const digitsMax = 15

/** See the head of the file. */
export function numberLines(
  bytes: Uint8Array,
  { width, fieldsMin }: { readonly width: number; readonly fieldsMin: number },
): NumberLines {
  const values = new Float64Array(width * lineCount(bytes))
  let count = 0
  let lineStart = 0
  let fieldStart = 0
  let field = 0
  let whole = 0
  let plain = true
  for (let at = 0; at <= bytes.length; at++) {
    const byte = at === bytes.length ? newline : bytes[at]!
    if (byte >= zero && byte <= nine) {
      whole = 10 * whole + (byte - zero)
      continue
    }
    if (byte !== comma && byte !== newline) {
      plain = false
      continue
    }
    if (byte === newline && at === lineStart) {
      lineStart = fieldStart = at + 1
      continue
    }
    const digits = at - fieldStart
    const short = plain && digits > 0 && digits <= digitsMax
    const value = short ? whole : numberIn(bytes.subarray(fieldStart, at))
    if (Number.isNaN(value)) return { count, values, strange: lineAt(bytes, lineStart) }
    if (field < width) values[count * width + field] = value
    field++
    fieldStart = at + 1
    whole = 0
    plain = true
    if (byte === comma) continue
    if (field < fieldsMin) return { count, values, strange: lineAt(bytes, lineStart) }
    count++
    field = 0
    lineStart = at + 1
  }
  return { count, values, strange: undefined }
}

/** At most; empty lines count. */
function lineCount(bytes: Uint8Array): number {
  let count = 1
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count++
  return count
}

/** NaN where the field is empty or no finite number. */
function numberIn(field: Uint8Array): number {
  const text = latin1(field)
  const value = text.trim() === '' ? NaN : Number(text)
  return Number.isFinite(value) ? value : NaN
}

function lineAt(bytes: Uint8Array, start: number): string {
  const end = bytes.indexOf(newline, start)
  return latin1(bytes.subarray(start, end < 0 ? bytes.length : end))
}

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 1000))
