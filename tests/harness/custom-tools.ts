// An OpenCode plugin with tools of its own: `shout` works, `stumble` throws.
import type { Plugin } from "@opencode-ai/plugin"

const server: Plugin = async () => ({
  tool: {
    shout: { description: "Shouts", args: {}, execute: async () => "HELLO" },
    stumble: {
      description: "Stumbles",
      args: {},
      execute: async () => {
        throw new Error("it stumbled")
      },
    },
  },
})

export default { id: "custom-tools", server }
