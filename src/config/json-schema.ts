/**
 * The JSON Schema of the configuration file, for editors: `# yaml-language-server: $schema=…`.
 * Made from the same schema that checks the file; the kinds of options are translated here.
 */

import { z } from 'zod'
import type { OptionSpec } from '../core/options.ts'
import { durationText, sizeText } from './quantity.ts'
import { configSchema, leafSpec } from './schema.ts'
import type { Tables } from './tables.ts'

type Json = Record<string, unknown>

/** The schema as a document, JSON Schema draft 2020-12. */
export function configJsonSchema(tables: Tables): Json {
  const schema = z.toJSONSchema(configSchema(tables), {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const spec = leafSpec(zodSchema)
      if (spec !== undefined) Object.assign(jsonSchema, leafJson(spec))
    },
  }) as Json
  return {
    $schema: schema['$schema'],
    title: 'Forewarn configuration',
    ...schema,
    patternProperties: { '^x-': {} },
    $defs: { ...(schema['$defs'] as Json | undefined), variable: variableDefinition },
  }
}

/** One option for an editor. A variable may stand wherever a value does. */
function leafJson(spec: OptionSpec): Json {
  const value = valueJson(spec)
  const about = { description: spec.about, default: defaultJson(spec) }
  const plain = value['type'] === 'string' && !('pattern' in value) && !('enum' in value)
  if (plain || 'anyOf' in value || spec.kind === 'text-map' || spec.kind === 'text-list') {
    return { ...about, ...value }
  }
  return { ...about, anyOf: [value, variableJson] }
}

const variableJson: Json = { $ref: '#/$defs/variable' }

const variableDefinition: Json = {
  description: 'A variable of the environment, as ${NAME} or ${NAME:-default}.',
  type: 'string',
  pattern: '\\$\\{[A-Za-z_]\\w*(:-[^}]*)?\\}',
}

const durationPattern = '^(0|(\\d+(\\.\\d+)?(ms|w|d|h|m|s))+)$'
const sizePattern = '^(0|\\d+(\\.\\d+)? ?(GiB|GB|MiB|MB|KiB|kB|B))$'
const text: Json = { type: 'string' }
const textMap: Json = { type: 'object', additionalProperties: text }

function valueJson(spec: OptionSpec): Json {
  switch (spec.kind) {
    case 'number':
    case 'integer':
      return { type: spec.kind, minimum: spec.min, maximum: spec.max }
    case 'number-or-word':
      return {
        anyOf: [
          {
            type: spec.whole === true ? 'integer' : 'number',
            minimum: spec.min,
            maximum: spec.max,
          },
          { enum: spec.words },
          variableJson,
        ],
      }
    case 'duration':
      return { type: 'string', pattern: durationPattern }
    case 'size':
      return { type: 'string', pattern: sizePattern }
    case 'boolean':
      return { type: 'boolean' }
    case 'choice':
      return { type: 'string', enum: spec.words }
    case 'text':
      return text
    case 'text-list':
      return { anyOf: [{ type: 'array', items: text }, text] }
    case 'text-map':
      return textMap
    case 'pattern':
      return { anyOf: [text, textMap, { type: 'array', items: { anyOf: [text, textMap] } }] }
  }
}

function defaultJson(spec: OptionSpec): unknown {
  if (spec.kind === 'duration') return durationText(spec.default)
  return spec.kind === 'size' ? sizeText(spec.default) : spec.default
}
