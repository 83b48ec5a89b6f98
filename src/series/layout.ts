/** The layout of a series in a snapshot, apart from that of its detector. */

/**
 * Layout of what stands around the detector's state; earlier ones are read too. 2: what people said
 * of the alarm; 3: its budget; 4: the balance of that; 5: rule and severity of the alarm.
 */
export const seriesLayout = 5

/**
 * The version in a series' snapshot: the detector's own in the low half, the layout of what stands
 * around it in the high half, counted from 0.
 */
export function layoutVersion(stateVersion: number, layout: number): number {
  return stateVersion | ((layout - 1) << 16)
}

/** The layout that a version says. */
export function layoutOf({ version }: { readonly version: number }): number {
  return (version >>> 16) + 1
}
