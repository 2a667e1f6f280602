/** Absolute path of the Bun executable that `package.json` pins. Throws with advice when it is missing. */
export function bunBinary(): string
/** Absolute path of the OpenCode executable that `package.json` pins. Throws with advice when it is missing. */
export function opencodeBinary(): string
