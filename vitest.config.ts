import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Tests that need the default model, other processes or a browser, or hold a law over very many cases, the longest first: they
 * start first, so that none is left over at the end, and `npm run test:quick` leaves them out (`test/quick.ts` refuses processes).
 * So it does with what counts the work of first visits, which needs modules of its own.
 */
const LONG = [
  "src/plugin/python.test.ts",
  "src/server/conversations.test.ts",
  "src/cli/commands/bench/bench.test.ts",
  "src/cli/process.test.ts",
  "src/deploy/modal/lifecycle.test.ts",
  "src/deploy/docker/confined.test.ts",
  "src/deploy/kubernetes/published.test.ts",
  "src/client/portable.test.ts",
  "test/project/package.test.ts",
  "test/project/checkPlugin.test.ts",
  "src/bench/benches/image/bench.test.ts",
  "src/bench/report/page.browser.test.ts",
  "src/bench/benches/masks/masks.test.ts",
  "src/engine/embedded/embeddedEngine.test.ts",
  "src/engine/embedded/kill.test.ts",
  "src/engine/remote/llamaServer.test.ts",
  "src/engine/remote/faults.test.ts",
  "src/engine/remote/repair.test.ts",
  "src/engine/scheduler/exactness.test.ts",
  "src/engine/validate/validator.test.ts",
  "src/cli/completion/scripts.test.ts",
  "src/client/faultRun.test.ts",
  "src/client/faults.test.ts",
  "src/client/server.test.ts",
  "src/deploy/modal/deploy.test.ts",
  "src/deploy/modal/entrypoint/container.test.ts",
  "src/deploy/modal/migration/migration.test.ts",
  "src/deploy/modal/registration.test.ts",
  "src/generate.test.ts",
  "src/models/hub.test.ts",
  "src/models/package.test.ts",
  "src/models/processes.test.ts",
  "src/models/resolve.test.ts",
  "src/engine/process/memoryPlan.test.ts",
  "src/runtime/gguf/inspect.test.ts",
  "src/runtime/llama/abi.test.ts",
  "src/runtime/llama/forward/forwardDecoder.test.ts",
  "src/runtime/llama/llamaRuntime.test.ts",
  "src/runtime/llama/realModel.test.ts",
  "src/runtime/llama/rowSplit.test.ts",
  "src/runtime/llama/threadGovernor.test.ts",
  "src/runtime/llama/chooseWeights.test.ts",
  "src/server/endToEnd.test.ts",
  "src/server/listen.test.ts",
  "src/server/log.test.ts",
  "src/server/page.browser.test.ts",
  "src/server/pageAccess.browser.test.ts",
  "src/server/snippets.test.ts",
  "src/system/pythonEnvironment.test.ts",
  "src/tasks/judge/code.test.ts",
  "src/tasks/caseFiles.test.ts",
  "src/tasks/suites/suites.test.ts",
  "src/grammar/numbers/machine.test.ts",
  "src/constraint/service/workerService.test.ts",
  "src/constraint/lexemes/stringMasks.test.ts",
  "src/constraint/closing/budget.test.ts",
  "src/constraint/closing/work.test.ts",
  "src/bench/baseline/compare.test.ts",
  "src/bench/peers/peers.test.ts",
  "src/cli/commands/deploy/deploy.test.ts",
  "src/deploy/modal/support.test.ts",
  "src/deploy/modal/template/schedule.test.ts",
  "src/engine/embedded/supervisor.test.ts",
  "src/engine/scheduler/sampling.test.ts",
  "src/engine/scheduler/validity.test.ts",
  "src/engine/validate/documentCheck.test.ts",
  "src/engine/embedded/formats.test.ts",
  "src/engine/core/answers.test.ts",
  "src/engine/core/core.test.ts",
  "src/engine/scheduler/scheduler.test.ts",
  "src/regex/automata/operations.test.ts",
  "src/regex/formats/formats.test.ts",
  "src/runtime/weights/twoParts.test.ts",
  "src/server/robust.test.ts",
  "src/regex/syntax/letterCase.test.ts",
  "src/regex/pattern.test.ts",
  "src/bench/run/load.test.ts",
  "src/engine/embedded/restartPauses.test.ts",
  "src/grammar/content/selfLoops.test.ts",
  "src/server/surfaces/laws.test.ts",
  "test/readme.test.ts",
  "test/soak.test.ts",
  "test/project/scripts.test.ts",
  "test/circles.test.ts",
  "src/constraint/segments/segments.test.ts",
  "src/engine/remote/tools.test.ts",
  "src/engine/remote/remoteEngine.test.ts",
  "src/engine/remote/envelope/reader.test.ts",
  "src/cli/program.test.ts",
  "src/runtime/builds/prove.test.ts",
  "src/runtime/builds/cudaDriver.test.ts",
  "src/runtime/builds/fromSource.test.ts",
  "test/conditions.test.ts",
  "src/engine/validate/ownDraft.test.ts",
  "src/deploy/kubernetes/helm.test.ts",
  "src/bench/benches/soak/soak.test.ts",
  "src/engine/scheduler/trace.test.ts",
  "test/cases.test.ts",
  "test/hostile.test.ts",
  "test/laws.test.ts",
  "test/formats.test.ts",
  "test/order.test.ts",
  "test/outside.test.ts",
  "test/realSchemas.test.ts",
  "test/validators.test.ts",
];

for (const file of LONG)
  if (!existsSync(file)) throw new Error(`vitest.config.ts lists ${file}, which is gone.`);

/**
 * Files of `npm run test:quick` share the modules of a worker, and what was compiled last time is kept: more than half of the
 * time of short tests goes into loading what they test.
 */
const QUICK = {
  isolate: false,
  setupFiles: ["test/seed.ts", "test/quick.ts"],
  experimental: { fsModuleCache: true },
};

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((pattern) => moduleId.replaceAll("\\", "/").endsWith(pattern));
      return index < 0 ? LONG.length : index;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

const quick = process.env["FORMWORK_QUICK_TESTS"] === "1";

export default defineConfig({
  test: {
    setupFiles: ["test/seed.ts"],
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", ...(quick ? LONG : [])],
    testTimeout: 240_000,
    hookTimeout: 300_000,
    // What a test waits for may take long on a busy machine; the default is a second.
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
    ...(quick ? QUICK : {}),
    sequence: { sequencer: LongFirst },
    coverage: {
      include: ["src/**/*.ts"],
      exclude: ["**/*.test.ts", "**/testing/**"],
      reporter: ["text-summary", "html"],
    },
  },
});
