import type { Target, TargetAnswer, TargetRequest, WarmupTimes } from "../target.js";

/** A target with modified requests of another, under a separate name, so that both sides of a comparison share one model. */
export class VariantTarget implements Target {
  readonly name: string;
  readonly kind: string;
  private readonly inner: Target;
  private readonly changes: Partial<TargetRequest>;

  constructor(name: string, inner: Target, changes: Partial<TargetRequest>) {
    this.name = name;
    this.kind = inner.kind;
    this.inner = inner;
    this.changes = changes;
  }

  async describe(): Promise<Record<string, string | number | boolean>> {
    const changes = Object.entries(this.changes).map(([key, value]) => [key, String(value)]);
    return { ...(await this.inner.describe()), ...Object.fromEntries(changes) };
  }

  isWarm(signal?: AbortSignal): Promise<boolean> {
    return this.inner.isWarm(signal);
  }

  warmup(signal?: AbortSignal): Promise<WarmupTimes> {
    return this.inner.warmup(signal);
  }

  generate(request: TargetRequest, signal?: AbortSignal): Promise<TargetAnswer> {
    return this.inner.generate({ ...request, ...this.changes }, signal);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
