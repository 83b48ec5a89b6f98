/** A series as Carbon names it. */

import { fieldLabel, nameLabel } from '../../core/labels.ts'
import type { Labels } from '../../core/labels.ts'

/** Name and field as a path, the other labels as tags: `cpu.user;host=vm1`. */
export function carbonName(labels: Labels): string {
  let text = carbonPath(labels)
  for (const [name, value] of labels.entries()) {
    if (name !== nameLabel && name !== fieldLabel) text += `;${clean(name)}=${clean(value)}`
  }
  return text
}

/** The same without its tags. */
export function carbonPath({ name, field }: Labels): string {
  return field === '' ? clean(name) : `${clean(name)}.${clean(field)}`
}

function clean(text: string): string {
  return text.replace(/[^A-Za-z0-9_.:-]/g, '_')
}
