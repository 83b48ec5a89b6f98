/**
 * Who waits for something of the shards: each is told when it is there, and all are told when none
 * of it will ever be.
 */

/** See the head of the file. */
export class Waiters {
  readonly #rejects = new Set<(error: unknown) => void>()
  #advanced: PromiseWithResolvers<void> | undefined
  /** Set once something broke: then nothing is waited for any more. */
  failure: { readonly error: unknown } | undefined

  /** A promise that `begin` is given the means to resolve. */
  until<T = void>(begin: (resolve: (value: T) => void) => void): Promise<T> {
    if (this.failure !== undefined) return Promise.reject(this.failure.error)
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.#rejects.add(reject)
    begin((value) => {
      this.#rejects.delete(reject)
      resolve(value)
    })
    return promise
  }

  /** The same promise, but that it ends when something breaks. */
  or<T>(promise: Promise<T>): Promise<T> {
    return this.until<T>((resolve) => void promise.then(resolve))
  }

  /** The next time that something goes on: one promise for all who ask. */
  advanced(): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure.error)
    if (this.#advanced === undefined) {
      this.#advanced = Promise.withResolvers()
      this.#rejects.add(this.#advanced.reject)
    }
    return this.#advanced.promise
  }

  tellAdvanced(): void {
    if (this.#advanced === undefined) return
    this.#rejects.delete(this.#advanced.reject)
    this.#advanced.resolve()
    this.#advanced = undefined
  }

  fail(error: unknown): void {
    this.failure ??= { error }
    for (const reject of this.#rejects) reject(this.failure.error)
    this.#rejects.clear()
  }
}
