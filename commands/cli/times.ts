import { duration } from "./terminal";

/** Times the parts of a command. */
export class Times {
  readonly parts: { readonly name: string; readonly what: string; readonly milliseconds: number }[] = [];

  /** Times one part; `what` summarizes its result. */
  async of<T>(name: string, work: () => Promise<T>, what: (result: T) => string = String): Promise<T> {
    const start = performance.now();
    let outcome = "failed";
    try {
      const result = await work();
      outcome = what(result);
      return result;
    } finally {
      this.parts.push({ name, what: outcome, milliseconds: performance.now() - start });
    }
  }

  /** How long all parts took, for people. */
  get total(): string {
    return duration(this.parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
  }

  /** A row for each part: its name, duration and result. */
  get rows(): string[][] {
    return this.parts.map(({ name, what, milliseconds }) => [name, duration(milliseconds), what]);
  }
}
