import type { Suite } from "../task.js";
import { functionCases, problem } from "./functions.js";

/** Twelve functions that need a loop, a condition or an idea. */
export const irMedium: Suite = {
  name: "ir-medium",
  description: "Twelve functions with loops and conditions: described as IR, written, executed.",
  cases: functionCases("ir-medium", [
    problem(
      "factorial",
      { n: "integer" },
      "integer",
      "Write a function factorial that takes an integer n, at least 0, and returns n factorial as an integer.",
      "Return the product of the integers from 1 to n.",
      "the result is 1 where n is 0 or 1, otherwise n times the factorial of n - 1",
      [
        [[0], 1],
        [[1], 1],
        [[5], 120],
        [[10], 3628800],
      ],
      {
        typescript: ["let result = 1;", "for (let i = 2; i <= n; i++) result *= i;", "return result;"],
        python: ["result = 1", "for i in range(2, n + 1):", "    result *= i", "return result"],
      },
    ),
    problem(
      "fibonacci",
      { n: "integer" },
      "integer",
      "Write a function fibonacci that takes an integer n, at least 0, and returns the n-th Fibonacci number as an integer; number 0 is 0 and number 1 is 1.",
      "Return the n-th Fibonacci number.",
      "the result is n where n is 0 or 1, otherwise the sum of the two numbers before it",
      [
        [[0], 0],
        [[1], 1],
        [[2], 1],
        [[10], 55],
      ],
      {
        typescript: ["let [a, b] = [0, 1];", "for (let i = 0; i < n; i++) [a, b] = [b, a + b];", "return a;"],
        python: ["a, b = 0, 1", "for _ in range(n):", "    a, b = b, a + b", "return a"],
      },
    ),
    problem(
      "reverse_string",
      { text: "string" },
      "string",
      "Write a function reverse_string that takes a string text and returns its characters in reverse order.",
      "Return a string with its characters in reverse order.",
      "the first character of the result is the last of text",
      [
        [["abc"], "cba"],
        [[""], ""],
        [["level"], "level"],
      ],
      { typescript: ['return [...text].reverse().join("");'], python: ["return text[::-1]"] },
    ),
    problem(
      "count_vowels",
      { text: "string" },
      "integer",
      "Write a function count_vowels that takes a string text and returns as an integer how many of its letters are vowels (a, e, i, o, u, in either case).",
      "Count the vowels of a string.",
      "the result is between 0 and the length of text",
      [
        [["banana"], 3],
        [["XYZ"], 0],
        [["Audio Unit"], 6],
      ],
      {
        typescript: ["return (text.match(/[aeiou]/gi) ?? []).length;"],
        python: ['return sum(1 for letter in text.lower() if letter in "aeiou")'],
      },
    ),
    problem(
      "sum_list",
      { values: "list of number" },
      "number",
      "Write a function sum_list that takes a list of numbers values and returns their sum, 0 for an empty list.",
      "Return the sum of a list of numbers.",
      "the result is 0 where values is empty",
      [
        [[[1, 2, 3]], 6],
        [[[]], 0],
        [[[-1, 0.5]], -0.5],
      ],
      {
        typescript: ["let sum: number = 0;", "for (const value of values) sum += value;", "return sum;"],
        python: ["return sum(values)"],
      },
    ),
    problem(
      "is_palindrome",
      { text: "string" },
      "boolean",
      "Write a function is_palindrome that takes a string text and returns true if it reads the same backwards, otherwise false.",
      "Tell whether a string reads the same backwards.",
      "the result is true where text has less than two characters",
      [
        [["level"], true],
        [["hello"], false],
        [[""], true],
      ],
      {
        typescript: ['return text === [...text].reverse().join("");'],
        python: ["return text == text[::-1]"],
      },
    ),
    problem(
      "greatest_common_divisor",
      { a: "integer", b: "integer" },
      "integer",
      "Write a function greatest_common_divisor that takes two positive integers a and b and returns the largest integer that divides both.",
      "Return the greatest common divisor of two positive integers.",
      "a and b are divisible by the result",
      [
        [[12, 18], 6],
        [[7, 13], 1],
        [[100, 75], 25],
      ],
      {
        typescript: ["while (b !== 0) [a, b] = [b, a % b];", "return a;"],
        python: ["while b != 0:", "    a, b = b, a % b", "return a"],
      },
    ),
    problem(
      "clamp",
      { value: "number", low: "number", high: "number" },
      "number",
      "Write a function clamp that takes three numbers value, low and high and returns value, but low if value is less than low, and high if value is more than high.",
      "Keep a number between a lower and an upper bound.",
      "the result is between low and high",
      [
        [[5, 0, 10], 5],
        [[-5, 0, 10], 0],
        [[15, 0, 10], 10],
      ],
      {
        typescript: ["return Math.min(Math.max(value, low), high);"],
        python: ["return min(max(value, low), high)"],
      },
    ),
    problem(
      "celsius_to_fahrenheit",
      { celsius: "number" },
      "number",
      "Write a function celsius_to_fahrenheit that takes a temperature celsius as a number and returns it in degrees Fahrenheit.",
      "Convert a temperature from Celsius to Fahrenheit: times 9 / 5, plus 32.",
      "the result equals celsius * 9 / 5 + 32",
      [
        [[0], 32],
        [[100], 212],
        [[-40], -40],
      ],
      { typescript: ["return (celsius * 9) / 5 + 32;"], python: ["return celsius * 9 / 5 + 32"] },
    ),
    problem(
      "is_prime",
      { n: "integer" },
      "boolean",
      "Write a function is_prime that takes an integer n and returns true if it is a prime number, otherwise false.",
      "Tell whether an integer is a prime number.",
      "the result is false where n is less than 2",
      [
        [[2], true],
        [[1], false],
        [[9], false],
        [[97], true],
      ],
      {
        typescript: [
          "if (n < 2) return false;",
          "for (let i = 2; i * i <= n; i++) if (n % i === 0) return false;",
          "return true;",
        ],
        python: [
          "if n < 2:",
          "    return False",
          "return all(n % i != 0 for i in range(2, int(n ** 0.5) + 1))",
        ],
      },
    ),
    problem(
      "longest_word",
      { words: "list of string" },
      "string",
      "Write a function longest_word that takes a list of strings words and returns the longest one, the first of them if several are equally long, and an empty string for an empty list.",
      "Return the longest string of a list, the first where several are equally long.",
      "no element of words is longer than the result",
      [
        [[["a", "abc", "ab"]], "abc"],
        [[["one", "two"]], "one"],
        [[[]], ""],
      ],
      {
        typescript: [
          'let longest = "";',
          "for (const word of words) if (word.length > longest.length) longest = word;",
          "return longest;",
        ],
        python: ['return max(words, key=len, default="")'],
      },
    ),
    problem(
      "even_numbers",
      { values: "list of integer" },
      "list of integer",
      "Write a function even_numbers that takes a list of integers values and returns a list of the even ones in the same order.",
      "Keep the even numbers of a list of integers in their order.",
      "every element of the result is divisible by 2",
      [
        [[[1, 2, 3, 4]], [2, 4]],
        [[[1, 3]], []],
        [[[0, -2]], [0, -2]],
      ],
      {
        typescript: ["return values.filter((value) => value % 2 === 0);"],
        python: ["return [value for value in values if value % 2 == 0]"],
      },
    ),
  ]),
};
