/** The layout of a series in a snapshot, apart from that of its detector. */

/** Layout of what stands around the detector's state; the first one is read too. */
export const seriesLayout = 2

/**
 * The version in a series' snapshot: the detector's own in the low half, the layout of what stands
 * around it in the high half, counted from 0.
 */
export function layoutVersion(stateVersion: number, layout: number): number {
  return stateVersion | ((layout - 1) << 16)
}
