/** Light or dark: the system's choice until somebody makes another one. */

import { effect, signal } from '@preact/signals'

export type Theme = 'light' | 'dark'

const storageName = 'forewarn-theme'
const system = matchMedia('(prefers-color-scheme: dark)')

/** Set by public/theme.js before anything was painted. */
export const theme = signal<Theme>(
  document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light',
)

function stored(): string | null {
  try {
    return localStorage.getItem(storageName)
  } catch {
    return null
  }
}

function store(chosen: Theme): void {
  try {
    localStorage.setItem(storageName, chosen)
  } catch {
    // Storage may be forbidden; the choice then lasts until the page is closed.
    return
  }
}

/** Follows the system while nobody chose, and the choice from then on. Called once. */
export function startTheme(): void {
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value
  })
  system.addEventListener('change', () => {
    if (stored() === null) theme.value = system.matches ? 'dark' : 'light'
  })
}

export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark'
  store(theme.value)
}
