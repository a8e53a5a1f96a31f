import type { Suite } from "../task.js";
import { functionCases, problem } from "./functions.js";

/** Five functions that fit on one line. */
export const irSimple: Suite = {
  name: "ir-simple",
  description: "Five one-line functions: described as IR, written in TypeScript and Python, executed.",
  cases: functionCases("ir-simple", [
    problem(
      "add_numbers",
      { a: "number", b: "number" },
      "number",
      "Write a function add_numbers that takes two numbers a and b and returns their sum.",
      "Return the sum of two numbers.",
      "the result equals a + b",
      [
        [[2, 3], 5],
        [[-4, 4], 0],
        [[0.5, 0.25], 0.75],
      ],
      { typescript: ["return a + b;"], python: ["return a + b"] },
    ),
    problem(
      "multiply",
      { a: "number", b: "number" },
      "number",
      "Write a function multiply that takes two numbers a and b and returns their product.",
      "Return the product of two numbers.",
      "the result equals a * b",
      [
        [[2, 3], 6],
        [[-4, 2], -8],
        [[7, 0], 0],
      ],
      { typescript: ["return a * b;"], python: ["return a * b"] },
    ),
    problem(
      "string_length",
      { text: "string" },
      "integer",
      "Write a function string_length that takes a string text and returns how many characters it has, as an integer.",
      "Return the number of characters of a string.",
      "the result is the length of text",
      [
        [["hello"], 5],
        [[""], 0],
        [["two words"], 9],
      ],
      { typescript: ["return text.length;"], python: ["return len(text)"] },
    ),
    problem(
      "max_of_two",
      { a: "number", b: "number" },
      "number",
      "Write a function max_of_two that takes two numbers a and b and returns the greater one.",
      "Return the greater of two numbers.",
      "the result is a or b and not less than either",
      [
        [[1, 2], 2],
        [[5, -5], 5],
        [[3, 3], 3],
      ],
      { typescript: ["return a > b ? a : b;"], python: ["return a if a > b else b"] },
    ),
    problem(
      "is_even",
      { value: "integer" },
      "boolean",
      "Write a function is_even that takes an integer value and returns true if it is even, otherwise false.",
      "Tell whether an integer is even.",
      "the result is true exactly where value is divisible by 2",
      [
        [[4], true],
        [[7], false],
        [[0], true],
        [[-3], false],
      ],
      { typescript: ["return value % 2 === 0;"], python: ["return value % 2 == 0"] },
    ),
  ]),
};
