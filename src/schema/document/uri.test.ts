import { expect, test } from "vitest";
import { fragmentOf, resolveUri } from "./uri.js";

// RFC 3986, sections 5.4.1 and 5.4.2, less the fragments.
test.each([
  ["g:h", "g:h"],
  ["g", "http://a/b/c/g"],
  ["./g", "http://a/b/c/g"],
  ["g/", "http://a/b/c/g/"],
  ["/g", "http://a/g"],
  ["//g", "http://g"],
  ["?y", "http://a/b/c/d;p?y"],
  ["g?y", "http://a/b/c/g?y"],
  ["g;x=1/./y", "http://a/b/c/g;x=1/y"],
  ["g;x=1/../y", "http://a/b/c/y"],
  ["", "http://a/b/c/d;p?q"],
  [".", "http://a/b/c/"],
  ["..", "http://a/b/"],
  ["../g", "http://a/b/g"],
  ["../../g", "http://a/g"],
  ["../../../g", "http://a/g"],
  ["/../g", "http://a/g"],
  ["g..", "http://a/b/c/g.."],
  ["g?y/./x", "http://a/b/c/g?y/./x"],
])("%s against http://a/b/c/d;p?q is %s", (reference, resolved) => {
  expect(resolveUri("http://a/b/c/d;p?q", reference)).toBe(resolved);
});

test("bases may be empty, relative, a name, or bare of a path", () => {
  expect(resolveUri("", "x.json#/a")).toBe("x.json");
  expect(resolveUri("dir/a.json", "b.json")).toBe("dir/b.json");
  expect(resolveUri("urn:a:b", "#/c")).toBe("urn:a:b");
  expect(resolveUri("urn:a:b", "http://x/y")).toBe("http://x/y");
  expect(resolveUri("http://x", "y")).toBe("http://x/y");
  expect(resolveUri("HTTP://EXAMPLE.com/A", "B")).toBe("http://example.com/B");
});

test("fragments are decoded, broken ones are none", () => {
  expect(fragmentOf("a")).toBeUndefined();
  expect(fragmentOf("a#")).toBe("");
  expect(fragmentOf("#/a%20b%25")).toBe("/a b%");
  expect(fragmentOf("#/%E0%A4%A")).toBeUndefined();
});
