/** Work on several things at a time, so that one is answered while the next is asked for. */

/**
 * Does the work for each, in their order, `atOnce` of them under way at any time. Resolves once
 * none is under way any more; throws what went wrong first, and begins nothing after it.
 */
export async function severalAtOnce<T>(
  all: Iterable<T>,
  atOnce: number,
  work: (each: T) => Promise<void>,
): Promise<void> {
  const rest = all[Symbol.iterator]()
  const failures: unknown[] = []
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) {
      try {
        await work(next.value)
      } catch (error) {
        failures.push(error)
      }
      if (failures.length > 0) return
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  if (failures.length > 0) throw failures[0]
}
