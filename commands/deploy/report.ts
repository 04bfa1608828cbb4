import { awsTrouble } from "../cli/aws";
import type { Finding } from "../cli/finding";
import { columns, duration } from "../cli/terminal";
import { runningImages, type Images } from "../images/running";
import type { Session } from "../session/session";
import { loadBalancer } from "../verification/load-balancer";
import type { StackOutcome } from "./stack";

/** One part of a deploy, and its duration. */
export interface Part {
  readonly name: string;
  readonly what: string;
  readonly milliseconds: number;
}

/** Times the parts of a deploy. */
export class Times {
  readonly parts: Part[] = [];

  /** Times one part; `what` summarizes its result. */
  async of<T>(name: string, work: () => Promise<T>, what: (result: T) => string): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.parts.push({ name, what: what(result), milliseconds: performance.now() - start });
    return result;
  }
}

/** For scripts: what `--json` prints. */
export async function reportJson(
  session: Session,
  stacks: readonly StackOutcome[],
  verification: readonly Finding[],
  urls: Readonly<Record<string, string>>,
): Promise<string> {
  const images = stacks.some(({ stack }) => stack === "app") ? { images: await imagesOf(session) } : {};
  const report = { environment: session.environment.name, stacks, ...images, verification, urls };
  return JSON.stringify(report, null, 2);
}

/** What runs now. Not being allowed to read it doesn't fail the deploy. */
async function imagesOf(session: Session): Promise<Images> {
  return runningImages(session).catch((): Images => ({}));
}

/** For people: durations, and where the product is. */
export function reportText(
  { environment: { region }, names }: Session,
  parts: readonly Part[],
  urls: Readonly<Record<string, string>>,
): string {
  const total = parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    "",
    ...columns([
      ...parts.map(({ name: part, what, milliseconds }) => [part, duration(milliseconds), what]),
      ["total", duration(total), ""],
    ]),
    "",
    ...columns(
      Object.entries({
        "The product": urls["product"] ?? "",
        ...(urls["loadBalancer"] === undefined ? {} : { "Load balancer": urls["loadBalancer"] }),
        kubectl: `aws eks update-kubeconfig --region ${region} --name ${names.cluster}`,
      }),
    ),
  ].join("\n");
}

/** URLs of the product. */
export async function urlsOf(session: Session): Promise<Record<string, string>> {
  const address = await loadBalancer(session).catch((error: unknown) => {
    if (awsTrouble(error) === undefined) throw error;
    // Not being allowed to look it up doesn't fail the deploy.
    return undefined;
  });
  return {
    product: `https://${session.environment.domain.host}`,
    ...(address === undefined ? {} : { loadBalancer: address }),
  };
}
