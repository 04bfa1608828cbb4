import { troubleOrThrow } from "../cli/aws";
import { columns, duration } from "../cli/terminal";
import type { Session } from "../session/session";
import { loadBalancer } from "../verification/load-balancer";

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

  get milliseconds(): number {
    return this.parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  }

  /** How long all parts took, for people. */
  get total(): string {
    return duration(this.milliseconds);
  }

  /** A row for each part: its name, duration and result. */
  get rows(): string[][] {
    return this.parts.map(({ name, what, milliseconds }) => [name, duration(milliseconds), what]);
  }
}

/** Durations, and where the product is. */
export async function report(session: Session, times: Times): Promise<string> {
  const { environment, names } = session;
  const address = await loadBalancer(session).catch((error: unknown) => {
    troubleOrThrow(error);
    // Not being allowed to look it up doesn't fail the deploy.
    return undefined;
  });
  return [
    "",
    ...columns([...times.rows, ["total", times.total, ""]]),
    "",
    ...columns([
      ["The product", `https://${environment.domain.host}`],
      ...(address === undefined ? [] : [["Load balancer", address]]),
      ["kubectl", `aws eks update-kubeconfig --region ${environment.region} --name ${names.cluster}`],
    ]),
  ].join("\n");
}
