// What a program does with the client, the same in every runtime: `portable.test.ts` runs it in a browser and, as a program
// of its own (portableRun.mjs MODULE BASE_URL URL_OF_NOBODY), in Node, Deno and Bun. Answers with what it saw.

export async function run({ createClient, waitUntilWarm, isWarm }, baseUrl) {
  const client = createClient({ baseUrl, apiKey: "key", retries: { firstPause: 10 } });
  // The server answers by the prompt.
  const asked = (prompt) => ({ prompt, schema: { type: "object" } });
  const failure = ({ name, code, status, pointer, requestId, retryable }) => ({
    name,
    code,
    status,
    pointer,
    requestId,
    retryable,
  });
  const seen = {};
  seen.warm = [(await waitUntilWarm(client)).model, await isWarm(client), await client.ready()];
  seen.whole = (await client.generate(asked("whole"))).output;
  seen.partials = [];
  for await (const partial of client.stream(asked("stream"))) seen.partials.push(partial);
  seen.redirected = (await client.generate(asked("redirect"))).output;
  seen.unavailable = (await client.generate(asked("unavailable"))).output;
  seen.refused = await client.generate(asked("refuse")).catch(failure);
  seen.broken = await client.generate(asked("break")).catch(failure);
  seen.brokenStream = await client.stream(asked("break stream")).final().catch(failure);
  for await (const _ of client.stream(asked("leave stream")).text()) break;
  const controller = new AbortController();
  const left = client.generate({ ...asked("leave"), signal: controller.signal }).catch(failure);
  setTimeout(() => controller.abort(), 100);
  seen.left = await left;
  seen.late = await client.generate({ ...asked("silence"), timeoutMs: 100 }).catch(failure);
  return seen;
}

/** At an address where nobody is. */
export async function runWithoutServer({ createClient }, baseUrl) {
  const client = createClient({ baseUrl, retries: { connect: 2, firstPause: 5 } });
  const { code, retryable } = await client.generate({ prompt: "a", schema: true }).catch((error) => error);
  return { code, retryable };
}

if (typeof process !== "undefined" && process.argv?.[1]?.endsWith("portableRun.mjs")) {
  const [module, baseUrl, nobody] = process.argv.slice(2);
  const client = await import(module);
  const seen = await run(client, baseUrl);
  console.log(JSON.stringify({ ...seen, nobody: await runWithoutServer(client, nobody) }));
}
