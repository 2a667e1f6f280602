import { describe, expect, test } from "bun:test"
import {
  amount,
  count,
  fields,
  id,
  integer,
  list,
  name,
  number,
  text,
  time,
  word,
} from "../../../src/host/guards.ts"

const NOT_NUMBERS = [undefined, null, "1", "", true, 1n, {}, [], [1], new Date(), Number.NaN, Symbol("1")]

describe("guards", () => {
  test("fields: objects alone", () => {
    const bare = Object.create(null)
    const object = { a: 1 }
    expect(fields(object)).toBe(object)
    expect(fields(bare)).toBe(bare)
    for (const other of [undefined, null, 0, "", "text", true, 1n, [], [{}], () => {}]) {
      expect(fields(other)).toBeUndefined()
    }
  })

  test("list: arrays, and an empty one for the rest", () => {
    const array = [1]
    expect(list(array)).toBe(array)
    for (const other of [undefined, null, "text", { length: 1 }, new Set([1])])
      expect(list(other)).toEqual([])
  })

  test("text: any string that says something", () => {
    expect(text(" ")).toBe(" ")
    expect(text("x".repeat(100_000))).toHaveLength(100_000)
    for (const other of ["", undefined, null, 1, new String("x"), ["x"]]) expect(text(other)).toBeUndefined()
  })

  test("id: nothing that is longer than any id", () => {
    expect(id("msg_1")).toBe("msg_1")
    expect(id("x".repeat(256))).toHaveLength(256)
    for (const other of ["", "x".repeat(257), 1, null, undefined]) expect(id(other)).toBeUndefined()
  })

  test("name: cut to what a name can be", () => {
    expect(name("build")).toBe("build")
    expect(name("x".repeat(300))).toHaveLength(256)
    for (const other of ["", 1, null, undefined]) expect(name(other)).toBeUndefined()
  })

  test("word: nothing that is text", () => {
    const words = ["APIError", "_OTHER", "ContextOverflowError", "a.b-c_1"]
    expect(words.map(word)).toEqual(words)
    for (const other of ["", "two words", "1st", "-a", "é", "a".repeat(65), 1, null, undefined]) {
      expect(word(other)).toBeUndefined()
    }
  })

  test("number: finite ones", () => {
    expect([0, -1, 1.5, 1e300].map(number)).toEqual([0, -1, 1.5, 1e300])
    for (const other of [...NOT_NUMBERS, Number.POSITIVE_INFINITY]) expect(number(other)).toBeUndefined()
  })

  test("amount: from 0 up to what can be added up", () => {
    expect([0, 0.000498, Number.MAX_SAFE_INTEGER].map(amount)).toEqual([0, 0.000498, Number.MAX_SAFE_INTEGER])
    for (const other of [...NOT_NUMBERS, -1, -0.1, 1e300, Number.POSITIVE_INFINITY]) {
      expect(amount(other)).toBeUndefined()
    }
  })

  test("integer: whole numbers that are exact", () => {
    expect([0, -1, 255].map(integer)).toEqual([0, -1, 255])
    for (const other of [...NOT_NUMBERS, 1.5, 1e300, -1e300]) expect(integer(other)).toBeUndefined()
  })

  test("count: whole amounts", () => {
    expect([0, 1, 1e12].map(count)).toEqual([0, 1, 1e12])
    for (const other of [...NOT_NUMBERS, -1, 1.5, 1e12 + 1, 1e300]) expect(count(other)).toBeUndefined()
  })

  test("time: epoch milliseconds of this century and the next", () => {
    expect(time(1_795_231_029_722)).toBe(1_795_231_029_722)
    for (const other of [...NOT_NUMBERS, 0, 1_795_231_029, 1_795_231_029_722_000, -1_795_231_029_722]) {
      expect(time(other)).toBeUndefined()
    }
  })
})
