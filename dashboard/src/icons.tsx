/** Small drawings. Each says the same as a word beside it, so none is read aloud. */

import type { ComponentChildren } from 'preact'
import type { State } from './words.ts'

function Icon(props: { children: ComponentChildren; size?: number }) {
  const size = props.size ?? 16
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {props.children}
    </svg>
  )
}

export function SearchIcon() {
  return (
    <Icon>
      <circle cx="7" cy="7" r="4.5" class="stroke" />
      <path d="m10.5 10.5 3.5 3.5" class="stroke" />
    </Icon>
  )
}

export function PauseIcon() {
  return (
    <Icon>
      <path d="M5.5 3.5v9M10.5 3.5v9" class="stroke bold" />
    </Icon>
  )
}

export function PlayIcon() {
  return (
    <Icon>
      <path d="M5 3.2v9.6l7.5-4.8z" class="fill" />
    </Icon>
  )
}

export function SunIcon() {
  return (
    <Icon>
      <circle cx="8" cy="8" r="3" class="stroke" />
      <path d="M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15" class="stroke" />
      <path d="m3 3 1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13" class="stroke" />
    </Icon>
  )
}

export function MoonIcon() {
  return (
    <Icon>
      <path d="M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1z" class="stroke" />
    </Icon>
  )
}

export function KeysIcon() {
  return (
    <Icon>
      <rect x="1.5" y="4" width="13" height="8.5" rx="1.5" class="stroke" />
      <path d="M4 7h.5M7 7h.5M10 7h.5M12.5 7h-.1M5 10h6" class="stroke" />
    </Icon>
  )
}

export function ListIcon() {
  return (
    <Icon size={20}>
      <path d="M2 4h12M2 8h12M2 12h12" class="stroke" />
    </Icon>
  )
}

export function ChartIcon() {
  return (
    <Icon size={20}>
      <path d="M1.5 11.5h3l1.5-3 2 4 2.5-9 2 8h2" class="stroke" />
    </Icon>
  )
}

export function AheadIcon() {
  return (
    <Icon>
      <path d="M1.5 12.5 6 9l3 1.5 5-6.5" class="stroke" />
      <path d="M10.5 3.5H14V7" class="stroke" />
    </Icon>
  )
}

export function BellIcon() {
  return (
    <Icon size={20}>
      <path d="M3.5 11.5V7a4.5 4.5 0 0 1 9 0v4.5l1 1h-11zM6.5 14h3" class="stroke" />
    </Icon>
  )
}

export function BrokenIcon() {
  return (
    <Icon size={20}>
      <path d="M3 1.5h7l3 3v10H3zM6 7l4 4M10 7l-4 4" class="stroke" />
    </Icon>
  )
}

export function OutIcon() {
  return (
    <Icon size={20}>
      <path d="M9 2.5H3v11h6M6.5 8H14M11 5l3 3-3 3" class="stroke" />
    </Icon>
  )
}

const ringRadius = 5.5
const ringLength = 2 * Math.PI * ringRadius

/** The mark of a state: triangle, hollow triangle, a ring that fills while learning, dot. */
export function StateMark(props: { state: State; learned: number; probation: number }) {
  const { state, learned, probation } = props
  if (state === 'firing' || state === 'pending') {
    return (
      <svg class={`mark ${state}`} width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M8 2.2 14.6 13.8H1.4z" stroke-linejoin="round" />
      </svg>
    )
  }
  if (state === 'learning') {
    const part = probation > 0 ? Math.min(1, learned / probation) : 0
    return (
      <svg class="mark learning" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r={ringRadius} class="track" />
        <circle
          cx="8"
          cy="8"
          r={ringRadius}
          class="done"
          transform="rotate(-90 8 8)"
          stroke-dasharray={`${part * ringLength} ${ringLength}`}
        />
      </svg>
    )
  }
  return (
    <svg class={`mark ${state}`} width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="3.5" />
    </svg>
  )
}
