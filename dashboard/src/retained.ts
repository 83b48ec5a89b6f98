/** A text that this browser keeps, where it lets a page keep anything. */

import { effect, signal } from '@preact/signals'
import type { Signal } from '@preact/signals'

/** A signal that begins with what was kept under a name and keeps what it becomes. */
export function retained(name: string): Signal<string> {
  const text = signal(read(name))
  effect(() => {
    try {
      localStorage.setItem(name, text.value)
    } catch {
      // Storage is forbidden here; the text lasts as long as the page.
    }
  })
  return text
}

function read(name: string): string {
  try {
    return localStorage.getItem(name) ?? ''
  } catch {
    return ''
  }
}
