import { troubleOrThrow } from "../cli/aws";
import type { Finding } from "../cli/finding";
import { columns, duration } from "../cli/terminal";
import { runningImages, type Images } from "../images/running";
import type { Session } from "../session/session";
import { loadBalancer } from "../verification/load-balancer";
import type { StackOutcome } from "./stack";

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

interface Urls {
  readonly product: string;
  /** @default - it can't be looked up */
  readonly loadBalancer?: string;
}

/** For scripts: what `--json` prints. */
export async function reportJson(
  session: Session,
  stacks: readonly StackOutcome[],
  warnings: readonly Finding[],
  verification: readonly Finding[],
  urls: Urls,
): Promise<string> {
  // Not being allowed to read what runs now doesn't fail the deploy.
  const running = () => runningImages(session).catch((): Images => ({}));
  const images = stacks.some(({ stack }) => stack === "app") ? { images: await running() } : {};
  const report = { environment: session.environment.name, stacks, ...images, warnings, verification, urls };
  return JSON.stringify(report, null, 2);
}

/** For people: durations, and where the product is. */
export function reportText(
  { environment: { region }, names }: Session,
  times: Times,
  { product, loadBalancer: address }: Urls,
): string {
  return [
    "",
    ...columns([...times.rows, ["total", times.total, ""]]),
    "",
    ...columns([
      ["The product", product],
      ...(address === undefined ? [] : [["Load balancer", address]]),
      ["kubectl", `aws eks update-kubeconfig --region ${region} --name ${names.cluster}`],
    ]),
  ].join("\n");
}

export async function urlsOf(session: Session): Promise<Urls> {
  const address = await loadBalancer(session).catch((error: unknown) => {
    troubleOrThrow(error);
    // Not being allowed to look it up doesn't fail the deploy.
    return undefined;
  });
  return {
    product: `https://${session.environment.domain.host}`,
    ...(address === undefined ? {} : { loadBalancer: address }),
  };
}
