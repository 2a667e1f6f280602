/**
 * A map that holds at most `limit` entries. Adding one too many removes the oldest and hands it to `onEvict`, so
 * that whatever it stands for can be ended: nothing here is forgotten silently.
 */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #limit: number
  readonly #onEvict: ((value: V, key: K) => void) | undefined

  constructor(limit: number, onEvict?: (value: V, key: K) => void) {
    this.#limit = limit
    this.#onEvict = onEvict
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  has(key: K): boolean {
    return this.#entries.has(key)
  }

  /** Sets the value and makes its key the youngest. */
  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#limit) this.#evictOldest()
  }

  /** Removes the oldest entry now, where setting this key would. */
  makeRoomFor(key: K): void {
    if (!this.#entries.has(key) && this.#entries.size >= this.#limit) this.#evictOldest()
  }

  #evictOldest(): void {
    for (const [oldestKey, oldest] of this.#entries) {
      this.#entries.delete(oldestKey)
      this.#onEvict?.(oldest, oldestKey)
      return
    }
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }

  /** A copy of the values, oldest first: safe to walk while entries come and go. */
  values(): V[] {
    return [...this.#entries.values()]
  }
}
