/** The words that the API's description is written in: types, answers, parameters. */

export type Json = Readonly<Record<string, unknown>>

export const text = { type: 'string' }
export const number = { type: 'number' }
export const count = { type: 'integer', minimum: 0 }
export const numberOrNull = { type: ['number', 'null'] }
export const timeMs = { type: 'integer', description: 'Unix milliseconds.' }
export const timeMsOrNull = { type: ['integer', 'null'], description: 'Unix milliseconds.' }
export const alarmState = { enum: ['inactive', 'pending', 'firing', 'resolved'] }

export function arrayOf(items: Json): Json {
  return { type: 'array', items }
}

export function object(properties: Json, required = Object.keys(properties)): Json {
  return { type: 'object', properties, required }
}

export function schema(name: string): Json {
  return { $ref: `#/components/schemas/${name}` }
}

export function json(description: string, of: Json): Json {
  return { description, content: { 'application/json': { schema: of } } }
}

export function failure(description: string): Json {
  return { description, content: { 'application/problem+json': { schema: schema('Problem') } } }
}

export function parameter(name: string, description: string, of: Json, required = false): Json {
  return { name, in: 'query', description, required, schema: of }
}

export function nullable(of: Json): Json {
  return { ...of, type: ['object', 'null'] }
}

export const unauthorised = failure('The access token is missing or wrong.')

export function get(summary: string, responses: Json, parameters: readonly Json[] = []): Json {
  return { get: { summary, parameters, responses } }
}

export function closedGet(
  summary: string,
  responses: Json,
  parameters: readonly Json[] = [],
): Json {
  return get(summary, { ...responses, 401: unauthorised }, parameters)
}
