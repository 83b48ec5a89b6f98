/** Numbers of series, as the table `series` gives them; held for as long as the connection. */

import { createHash } from 'node:crypto'
import type { Labels } from '../../core/labels.ts'
import { fieldLabel, nameLabel } from '../../core/labels.ts'
import { textOf } from './copy-rows.ts'

/** At most this many are held. */
const heldMax = 200_000

/** Runs a statement with one text as $1, and gives its rows. */
export type AskedByText = (
  statement: string,
  text: string,
) => Promise<readonly Record<string, unknown>[]>

/** See the head of the file. */
export class SeriesIds {
  readonly #schema: string
  readonly #held = new Map<Labels, number>()

  constructor(schema: string) {
    this.#schema = schema
  }

  /** The number of a series that `learn` was told of. */
  of(labels: Labels): number {
    return this.#held.get(labels) as number
  }

  /** Makes rows for series that have none, and learns the numbers of all. */
  async learn(wanted: Iterable<Labels>, ask: AskedByText): Promise<void> {
    const unknown = new Map<string, Labels[]>()
    for (const labels of wanted) {
      if (this.#held.has(labels)) continue
      const digest = createHash('sha256').update(labels.key).digest('hex')
      const same = unknown.get(digest)
      if (same === undefined) unknown.set(digest, [labels])
      else if (!same.includes(labels)) same.push(labels)
    }
    if (unknown.size === 0) return
    if (this.#held.size + unknown.size > heldMax) {
      this.#held.clear()
      await this.learn(wanted, ask)
      return
    }
    const given = JSON.stringify([...unknown].map(([digest, [labels]]) => row(digest, labels)))
    const rows = await ask(statement(this.#schema), given)
    for (const { digest, series_id: id } of rows) {
      for (const labels of unknown.get(String(digest)) ?? []) this.#held.set(labels, Number(id))
    }
  }
}

function row(digest: string, labels: Labels | undefined): Record<string, unknown> {
  const own: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, value] of labels?.entries() ?? []) {
    if (name !== nameLabel && name !== fieldLabel) own[storable(name)] = storable(value)
  }
  const key = storable(labels?.key ?? '')
  const [name, field] = [storable(labels?.name ?? ''), storable(labels?.field ?? '')]
  return { digest, key, name, field, labels: own }
}

/** JSON's escape of half a character is what jsonb refuses. */
function storable(text: string): string {
  return textOf(text).toWellFormed()
}

/** A statement of its own, so that a number is never held that was rolled back. */
function statement(schema: string): string {
  return `with given as (
  select * from jsonb_to_recordset($1::text::jsonb)
    as g(digest text, key text, name text, field text, labels jsonb)
), fresh as (
  insert into ${schema}.series (digest, key, name, field, labels)
  select digest, key, name, field, labels from given g
  where not exists (select 1 from ${schema}.series s where s.digest = g.digest)
  on conflict (digest) do update set digest = excluded.digest
  returning digest, series_id
)
select digest, series_id from fresh
union all select s.digest, s.series_id from ${schema}.series s join given using (digest)`
}
