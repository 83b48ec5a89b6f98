/**
 * The rules of the house, checked on the text of the files: import order, siblings, cycles, sizes,
 * banned words. Works on text on purpose: the compiler offers no API to ask.
 */

/** Folders in import order: each may import only those to its left. */
export const importOrder = [
  'core',
  'stats',
  'warning',
  'codecs',
  'transforms',
  'detectors',
  'alarm',
  'incidents',
  'telemetry',
  'connections',
  'sources',
  'stores',
  'history',
  'sinks',
  'series',
  'workers',
  'repartition',
  'pipeline',
  'testbed',
  'shop',
  'evaluation',
  'server',
  'config',
  'cli',
] as const

/** Many of a kind, one chosen by name: from outside only the interface file is imported. */
const interfaceFiles: Readonly<Record<string, string>> = {
  codecs: 'codec.ts',
  transforms: 'transform.ts',
  detectors: 'detector.ts',
  sources: 'source.ts',
  stores: 'store.ts',
  sinks: 'sink.ts',
}

/** Siblings never import each other here, registry.ts and the interface excepted. */
const lonelyFolders = ['sources', 'sinks', 'stores', 'codecs']

/** Neither packages nor node:, so that they run in a browser too. */
const pureFolders = [
  'core',
  'stats',
  'codecs',
  'transforms',
  'detectors',
  'alarm',
  'warning',
  'incidents',
  'series',
  'testbed',
]

const bannedFileNames =
  /^(utils?|helpers?|common|misc|shared|lib|types|constants|base|manager|index)\.ts$/

/** What must not be written, where, and what to write instead. */
const bannedTexts: readonly { pattern: RegExp; where: RegExp; instead: string }[] = [
  {
    pattern: /\bas any\b|: any(?=[;,)=\]>|]|\s*=|\s*$)|<any>/m,
    where: /^src\//,
    instead: 'unknown, or the right type',
  },
  { pattern: /@ts-(ignore|expect-error|nocheck)/, where: /^src\//, instead: 'a type that holds' },
  { pattern: /^export default/m, where: /^src\//, instead: 'a named export' },
  { pattern: /^\s*(export )?(const )?enum /m, where: /^src\//, instead: 'a union of words' },
  { pattern: /^export \* from/m, where: /^src\//, instead: 'a named export in src/index.ts' },
  { pattern: /\bclass \w+ extends (?!Error\b)[A-Z]/, where: /^src\//, instead: 'composition' },
  { pattern: /\bMath\.random\b/, where: /^src\//, instead: 'core/random.ts with a seed' },
  {
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bset(Timeout|Interval)\b/,
    where: new RegExp(`^src/(${pureFolders.join('|')})/`),
    instead: 'a timestamp as an argument',
  },
  {
    pattern: /\bprocess\.env\b/,
    where: /^src\/(?!config\/|cli\/main\.ts)/,
    instead: 'an option; only config reads the environment',
  },
  { pattern: /\bTODO\b|\bFIXME\b|\bXXX\b/, where: /^src\//, instead: 'an issue' },
  { pattern: /\bconsole\.\w+\(/, where: /^src\//, instead: 'telemetry, or the command’s streams' },
]

const limits = { lineColumns: 100, fileLines: 400, pipelineLines: 150, composeLines: 250 }

/** Files by path from the root, with their text. */
export type Tree = ReadonlyMap<string, string>

/** Every breach, one line each: `path: what; instead: …`. */
export function tidyFaults(tree: Tree): string[] {
  const faults: string[] = []
  for (const [path, text] of tree) {
    if (!path.endsWith('.ts') && !path.endsWith('.tsx')) continue
    faults.push(...sizeFaults(path, text), ...wordFaults(path, text), ...nameFaults(path))
    if (path.startsWith('src/')) faults.push(...importFaults(path, text))
  }
  return [...faults, ...cycleFaults(tree)]
}

function sizeFaults(path: string, text: string): string[] {
  const faults: string[] = []
  const lines = text.split('\n')
  lines.forEach((line, i) => {
    if ([...line].length > limits.lineColumns && !/https?:\/\//.test(line)) {
      faults.push(`${path}:${i + 1}: over ${limits.lineColumns} columns`)
    }
  })
  const lineCount = lines.length - 1
  let most = limits.fileLines
  if (path === 'src/pipeline.ts') most = limits.pipelineLines
  if (path === 'src/config/compose.ts') most = limits.composeLines
  if (lineCount > most) faults.push(`${path}: ${lineCount} lines, at most ${most}`)
  return faults
}

function wordFaults(path: string, text: string): string[] {
  if (/\.(test|contract|bench)\.ts$/.test(path)) return []
  const code = withoutComments(text)
  return bannedTexts
    .filter(({ pattern, where }) => where.test(path) && pattern.test(code))
    .map(
      ({ pattern, instead }) => `${path}: ${pattern.exec(code)?.[0].trim()}; instead: ${instead}`,
    )
}

/** Comments may speak of what code must not do. Strings stay: a rule on imports needs them. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

function nameFaults(path: string): string[] {
  const faults: string[] = []
  const parts = path.split('/')
  const file = parts.at(-1) as string
  if (bannedFileNames.test(file) && path !== 'src/index.ts') {
    faults.push(`${path}: a file called ${file}; instead: the noun it is about`)
  }
  if (path.startsWith('src/') && !/^[a-z0-9]+(-[a-z0-9]+)*(\.\w+)?\.tsx?$/.test(file)) {
    faults.push(`${path}: not kebab-case`)
  }
  if (path.startsWith('src/') && parts.length > 4) faults.push(`${path}: over two folders deep`)
  return faults
}

/** Specifiers of static and dynamic imports and of re-exports. */
export function importedSpecifiers(text: string): string[] {
  const code = withoutComments(text)
  // An exported text is no import: nothing but names may stand between the word and `from`.
  const fixed = code.matchAll(/^\s*(?:import|export)\b(?:[^'"`;()]*?\bfrom)?\s*'([^']+)'/gm)
  const late = code.matchAll(/\bimport\(\s*'([^']+)'/g)
  return [...fixed, ...late].map((match) => match[1] as string)
}

/** `src/a/b.ts` + `../c/d.ts` → `src/c/d.ts`. */
function resolved(path: string, specifier: string): string {
  const parts = path.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** The folder of a source file in the import order; `pipeline` for src/pipeline.ts. */
function folderOf(path: string): string {
  const part = path.split('/')[1] as string
  return part.endsWith('.ts') ? part.slice(0, -3) : part
}

const isTest = (path: string): boolean => /\.(test|bench|contract)\.ts$/.test(path)

function importFaults(path: string, text: string): string[] {
  if (path === 'src/index.ts') return []
  const faults: string[] = []
  for (const specifier of importedSpecifiers(text)) {
    const fault = specifier.startsWith('.')
      ? relativeFault(path, resolved(path, specifier))
      : packageFault(path, specifier)
    if (fault !== undefined) faults.push(`${path}: imports ${specifier}; ${fault}`)
  }
  return faults
}

function packageFault(path: string, specifier: string): string | undefined {
  if (isTest(path) || !pureFolders.includes(folderOf(path))) return undefined
  return `instead: nothing; ${folderOf(path)} is pure (${specifier} is not)`
}

function relativeFault(path: string, target: string): string | undefined {
  const from = folderOf(path)
  const to = folderOf(target)
  if (isTest(path)) return undefined
  if (from !== to) return foreignFault(from, to, target)
  const file = target.split('/').at(-1) as string
  const own = path.split('/').at(-1)
  if (!lonelyFolders.includes(from) || own === 'registry.ts') return undefined
  if (file === interfaceFiles[from] || target.split('/').length > 3) return undefined
  return 'siblings do not import each other here'
}

function foreignFault(from: string, to: string, target: string): string | undefined {
  const order: readonly string[] = importOrder
  if (order.indexOf(to) > order.indexOf(from)) return `${to} is to the right of ${from}`
  if (order.indexOf(to) < 0) return `${to} is not in the import order`
  const file = target.split('/').slice(2).join('/')
  const onlyInterface = interfaceFiles[to]
  if (onlyInterface === undefined || from === 'config') return undefined
  return file === onlyInterface ? undefined : `only ${to}/${onlyInterface} is imported from outside`
}

/** One fault for each cycle of imports that is found, type imports excepted. */
function cycleFaults(tree: Tree): string[] {
  const edges = new Map<string, string[]>()
  for (const [path, text] of tree) {
    if (!path.startsWith('src/') || isTest(path)) continue
    const code = text.replace(/import type [^;]*?from '[^']+'/gs, '')
    const targets = importedSpecifiers(code).filter((specifier) => specifier.startsWith('.'))
    edges.set(
      path,
      targets.map((specifier) => resolved(path, specifier)),
    )
  }
  const faults: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      faults.push(`cycle: ${[...trail.slice(start), path].join(' → ')}`)
      return
    }
    if (done.has(path)) return
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return faults
}

/** What each detector, source, sink and transform must have beside it. */
export function missingCompanions(tree: Tree): string[] {
  const faults: string[] = []
  const docs: Readonly<Record<string, string>> = {
    detectors: 'docs/algorithms',
    sources: 'docs/sources',
    sinks: 'docs/sinks',
    transforms: 'docs/transforms',
    codecs: 'docs/formats',
  }
  for (const [folder, pages] of Object.entries(docs)) {
    const registry = tree.get(`src/${folder}/registry.ts`) ?? ''
    for (const specifier of importedSpecifiers(registry)) {
      const stem = /^\.\/([a-z0-9-]+)\.ts$/.exec(specifier)?.[1]
      if (stem === undefined || `${stem}.ts` === interfaceFiles[folder]) continue
      if (!tree.has(`src/${folder}/${stem}.test.ts`)) {
        faults.push(`src/${folder}/${stem}.ts: no test beside it`)
      }
      const page = [...tree.keys()].some(
        (path) => path.startsWith(pages + '/') && (tree.get(path) ?? '').includes(stem),
      )
      if (!page) faults.push(`src/${folder}/${stem}.ts: no page under ${pages} speaks of it`)
    }
  }
  return faults
}
