/** Where a value of the configuration comes from, and where a fault in it is. */

/** A place in a file, a variable of the environment, or a flag of the command line. */
export type Origin =
  | {
      readonly kind: 'file'
      readonly file: string
      /** 1-based. */
      readonly line: number
      readonly column: number
      /** Variables of the environment that the value was put together from. */
      readonly variables: readonly string[]
    }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'flag'; readonly text: string }

/** A place in the configuration: keys of maps and indices of lists. */
export type Path = readonly (string | number)[]

/** `detectors[0].alarm.hold`. */
export function pathText(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}

/** `forewarn.yaml:12:7`, as an error message begins. */
export function placeText(origin: Origin): string {
  if (origin.kind === 'environment') return `environment variable ${origin.name}`
  if (origin.kind === 'flag') return origin.text
  return `${origin.file}:${origin.line}:${origin.column}`
}

/** `forewarn.yaml:12 ${TOKEN}`, as `check` prints it behind a value. */
export function originText(origin: Origin | undefined): string {
  if (origin === undefined) return 'default'
  if (origin.kind === 'environment') return origin.name
  if (origin.kind === 'flag') return origin.text
  const variables = origin.variables.map((name) => ` \${${name}}`).join('')
  return `${origin.file}:${origin.line}${variables}`
}

/** Something wrong in the configuration. */
export interface Fault {
  readonly origin: Origin | undefined
  readonly path: Path
  /** What was expected and what was found; names the nearest right name where there is one. */
  readonly message: string
}

/** `forewarn.yaml:12:7: detectors[0].theta: expected a number from …`. */
export function faultText(fault: Fault): string {
  const parts = [fault.message]
  const path = pathText(fault.path)
  const place = fault.origin === undefined ? '' : placeText(fault.origin)
  if (path !== '' && place !== `--set ${path}`) parts.unshift(path)
  if (place !== '') parts.unshift(place)
  return parts.join(': ')
}
