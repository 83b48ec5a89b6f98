/** Names and addresses of machines, as people configure them. */

/** Whether it can be one at all: a port, a path or a user beside it has an option of its own. */
export function isPlace(text: string): boolean {
  return /^[^\s/@]+$/.test(text)
}
