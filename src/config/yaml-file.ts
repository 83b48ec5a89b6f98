/**
 * The configuration file as a tree of texts with their places.
 *
 * Only the shape of YAML is taken: maps, lists and texts (its failsafe schema), because the kind of
 * an option says what a text means, not the look of the text. Anchors, aliases and the merge key
 * `<<` work; what they expand to is bounded. `${NAME}` and `${NAME:-default}` are replaced in
 * values by variables of the environment; `$${` stands for `${` itself. Top-level keys that begin
 * with `x-` are passed over: a place for anchors.
 *
 * Source: YAML 1.2.2, chapter 10.1, https://yaml.org/spec/1.2.2/; https://yaml.org/type/merge.html.
 */

import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Document, Node, Pair, YAMLMap } from 'yaml'
import type { Environment } from './environment.ts'
import { interpolated } from './environment.ts'
import type { Written } from './option-value.ts'
import type { Fault, Origin, Path } from './origin.ts'
import { WrittenTree, emptyMap, refusedKeys } from './written-tree.ts'
import type { WrittenMap } from './written-tree.ts'

/** Values after aliases are expanded: far over any real file, far under what a bomb needs. */
const nodesMax = 50_000

/** Deeper than any real file; an alias that contains itself ends here. */
const depthMax = 32

/** Reads the text of a file into a tree; appends what is wrong. */
export function yamlTree(
  file: { readonly name: string; readonly text: string },
  environment: Environment,
  faults: Fault[],
): WrittenTree {
  const lines = new LineCounter()
  const originAt = (offset: number, variables: readonly string[] = []): Origin => {
    const { line, col } = lines.linePos(offset)
    return { kind: 'file', file: file.name, line, column: col, variables }
  }
  const document = parseDocument(file.text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  })
  for (const problem of [...document.errors, ...document.warnings]) {
    const message = `not YAML: ${problem.message.split('\n')[0] ?? ''}`
    faults.push({ origin: originAt(problem.pos[0]), path: [], message })
  }
  if (faults.length > 0) return new WrittenTree()
  const reader = new TreeReader(document, environment, originAt, faults)
  return reader.read()
}

type OriginAt = (offset: number, variables?: readonly string[]) => Origin

class TreeReader {
  readonly #document: Document
  readonly #environment: Environment
  readonly #originAt: OriginAt
  readonly #faults: Fault[]
  readonly #tree = new WrittenTree()
  #nodes = 0

  constructor(document: Document, environment: Environment, originAt: OriginAt, faults: Fault[]) {
    this.#document = document
    this.#environment = environment
    this.#originAt = originAt
    this.#faults = faults
  }

  read(): WrittenTree {
    const contents = this.#document.contents
    if (contents === null || (isScalar(contents) && contents.source === '')) return this.#tree
    if (isMap(contents)) {
      const root = this.#map(contents, [])
      if (this.#nodes < Infinity) this.#tree.root = root
    } else this.#fault(contents, [], 'expected a map of sections such as sources and sinks')
    return this.#tree
  }

  #fault(node: Node | null, path: Path, message: string): void {
    const origin = this.#originAt(node?.range?.[0] ?? 0)
    this.#faults.push({ origin, path, message })
  }

  /** The value of a node, its places noted. `null` where nothing is written or a fault was. */
  #value(node: Node | null, path: Path): Written {
    if (node === null) return null
    this.#nodes++
    const tooMany = this.#nodes > nodesMax
    if (tooMany || path.length > depthMax) {
      const limit = tooMany ? `over ${nodesMax} values` : `deeper than ${depthMax} levels`
      if (this.#nodes < Infinity) this.#fault(node, [], `aliases or nesting go ${limit}`)
      this.#nodes = Infinity
      return null
    }
    if (isAlias(node)) return this.#value(node.resolve(this.#document) ?? null, path)
    if (isMap(node)) return this.#map(node, path)
    if (isSeq(node)) return node.items.map((item, i) => this.#item(item as Node, [...path, i]))
    return isScalar(node) ? this.#text(node, path) : null
  }

  #item(node: Node, path: Path): Written {
    this.#tree.place(path, this.#originAt(node.range?.[0] ?? 0))
    return this.#value(node, path)
  }

  #text(node: Node & { source?: string; value: unknown; type?: string }, path: Path): Written {
    const text = String(node.value ?? '')
    if (text === '' && node.type === 'PLAIN') return null
    const { value, variables, missing } = interpolated(text, this.#environment)
    if (variables.length > 0) {
      this.#tree.place(path, this.#originAt(node.range?.[0] ?? 0, variables))
    }
    if (missing === undefined) return value
    this.#fault(node, path, missing)
    return text
  }

  #map(node: YAMLMap, path: Path): WrittenMap {
    const map = emptyMap()
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      if (isScalar(pair.key) && pair.key.value === '<<') this.#merge(map, pair.value, path)
    }
    const own = new Set<string>()
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const key = this.#key(pair.key, path)
      if (key === undefined || key === '<<') continue
      if (path.length === 0 && key.startsWith('x-')) continue
      if (own.has(key)) this.#fault(pair.key, [...path, key], 'this key is here twice')
      own.add(key)
      this.#pair(map, key, pair, path)
    }
    return map
  }

  #pair(map: WrittenMap, key: string, pair: Pair<Node, Node | null>, path: Path): void {
    const here = [...path, key]
    const keyOrigin = this.#originAt(pair.key.range?.[0] ?? 0)
    const offset = pair.value?.range?.[0]
    this.#tree.place(here, offset === undefined ? keyOrigin : this.#originAt(offset), keyOrigin)
    map[key] = this.#value(pair.value, here)
  }

  #key(node: Node, path: Path): string | undefined {
    const key = isScalar(node) ? String(node.value) : undefined
    if (key !== undefined && !refusedKeys.has(key)) return key
    const message = key === undefined ? 'expected a text as key' : `the key "${key}" is not allowed`
    this.#fault(node, path, message)
    return undefined
  }

  /** `<<: *other` or a list of these: pairs that the map's own keys go over. */
  #merge(map: WrittenMap, node: Node | null, path: Path): void {
    const merged = isAlias(node) ? node.resolve(this.#document) : node
    if (isSeq(merged)) {
      for (const item of merged.items.toReversed()) this.#merge(map, item as Node, path)
    } else if (isMap(merged) && path.length <= depthMax && this.#nodes <= nodesMax) {
      this.#nodes++
      Object.assign(map, this.#map(merged, path))
    } else this.#fault(node, path, 'expected a map or an alias of one behind <<')
  }
}
