import fc, { type IRawProperty } from "fast-check"

/**
 * Checks a property on `runs` examples, the same ones in every run, so that a failure is a change in the
 * code and not luck. `PROPERTY_SEED=n` tries others; fast-check then prints the smallest counterexample.
 */
export function holds<Inputs>(property: IRawProperty<Inputs>, runs = 500): void {
  fc.assert(property, { numRuns: runs, seed: Number(process.env.PROPERTY_SEED ?? 1) })
}
