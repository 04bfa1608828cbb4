import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { referencesIn, unescaped } from "../commands/terraform/references";
import type { StackOptions } from "../constructs/environment-stack";
import type { Environment, Overrides } from "../environments";
import type { Bootstrap } from "../environments/bootstrap";
import { perService } from "../environments/services";
import type { BootstrapOptions } from "../stacks/bootstrap";

/** What was written for one resource or data source, as Terraform reads it. */
export type Body = Record<string, unknown> & { readonly [key: string]: any };

export interface Found {
  /** "aws_vpc.network_vpc_0123ABCD", with "data." before a data source. */
  readonly address: string;
  readonly type: string;
  /** Construct path, such as "network/vpc". */
  readonly path: string;
  readonly body: Body;
}

/** One stack as it was written, with its graph of depends_on and references. */
export class WrittenStack {
  readonly json: Body;
  readonly all: readonly Found[];
  private knownEdges: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  constructor(file: string) {
    this.json = JSON.parse(readFileSync(file, "utf8")) as Body;
    this.all = [...collect(this.json["resource"], ""), ...collect(this.json["data"], "data.")];
  }

  /** Every resource of a type, or every data source of "data.<type>". */
  of(type: string): Found[] {
    return this.all.filter((found) => found.type === type);
  }

  /** The only resource of a type whose construct path starts with `path`. */
  one(type: string, path = ""): Found {
    const found = this.of(type).filter((each) => each.path === path || each.path.startsWith(path));
    if (found.length !== 1 || !found[0]) {
      throw new Error(
        `expected one ${type} below "${path}", found: ${found.map((f) => f.path).join(", ") || "none"}`,
      );
    }
    return found[0];
  }

  /** Addresses that each resource waits for: found when first asked for, as few tests need them. */
  private get edges(): ReadonlyMap<string, ReadonlySet<string>> {
    if (this.knownEdges) return this.knownEdges;
    const addresses = new Set(this.all.map(({ address }) => address));
    this.knownEdges = new Map(
      this.all.map(({ address, body }) => [
        address,
        new Set([...referencesIn(body)].filter((to) => to !== address && addresses.has(to))),
      ]),
    );
    return this.knownEdges;
  }

  /** Whether `from` is made after `to`, directly or by way of others. */
  isAfter(from: Found, to: Found): boolean {
    const seen = new Set<string>();
    const walk = (address: string): boolean => {
      if (address === to.address) return true;
      if (seen.has(address)) return false;
      seen.add(address);
      return [...(this.edges.get(address) ?? [])].some(walk);
    };
    return from.address !== to.address && walk(from.address);
  }
}

export interface Written {
  readonly infra: WrittenStack;
  readonly app: WrittenStack;
  /** What cdktf prints after a synth. */
  readonly warnings: readonly string[];
}

/** What is asked of synth-server.ts: one stack of an environment by its name, or both of one that was loaded. */
export type SynthRequest = { readonly options?: StackOptions | undefined } & (
  | {
      readonly name: string;
      readonly stack: "infra" | "app";
      readonly overrides?: Overrides | undefined;
      readonly chartMirror?: string | undefined;
    }
  | { readonly environment: Environment }
  | { readonly bootstrap: Bootstrap; readonly with: BootstrapOptions }
);

/** Images for environments that name none. */
export const NAMED = perService(() => ({ image: { tag: "v0.1.0" } })) satisfies Overrides;

const cache = new Map<string, WrittenStack>();
const PATIENCE_MS = 60_000;
const POLL_MS = 1;

/**
 * What an environment synthesizes to, as it is shipped or with overrides, a chart mirror and options; each stack once in
 * a test run, when a test first reads it.
 */
export function synth(
  name: string,
  overrides?: Overrides,
  chartMirror?: string,
  options?: StackOptions,
): Written {
  const none = Object.keys(overrides ?? {}).length === 0;
  const ask = (stack: "infra" | "app") =>
    answer({ name, stack, overrides: none ? undefined : overrides, chartMirror, options });
  const read = (stack: "infra" | "app") => {
    const { id, folder } = ask(stack);
    const written = cache.get(id) ?? new WrittenStack(join(folder, "stacks", stack, "cdk.tf.json"));
    cache.set(id, written);
    return written;
  };
  return {
    get infra() {
      return read("infra");
    },
    get app() {
      return read("app");
    },
    get warnings() {
      return (["infra", "app"] as const).flatMap((stack) =>
        warningsIn(join(ask(stack).folder, "manifest.json")),
      );
    },
  };
}

/** What the bootstrap stack of some environments synthesizes to. */
export function synthBootstrap(
  bootstrap: Bootstrap,
  { state = "s3", ...others }: Partial<BootstrapOptions> = {},
): WrittenStack {
  const { folder } = answer({ bootstrap, with: { state, ...others } });
  return new WrittenStack(join(folder, "stacks", "bootstrap", "cdk.tf.json"));
}

function warningsIn(manifest: string): string[] {
  const { stacks } = JSON.parse(readFileSync(manifest, "utf8")) as {
    stacks: Record<string, { annotations: { level: string; message: string }[] }>;
  };
  return Object.values(stacks).flatMap(({ annotations }) =>
    annotations.filter(({ level }) => level === "@cdktf/warn").map(({ message }) => message),
  );
}

/** Folder that synth-server.ts has written for a request. */
export function answer(asked: SynthRequest): { readonly id: string; readonly folder: string } {
  const request = JSON.stringify(asked);
  const id = createHash("sha256").update(request).digest("hex").slice(0, 16);
  return { id, folder: ask(id, request) };
}

function ask(id: string, request: string): string {
  const base = join(process.env["WBOT_TEST_SYNTH"] ?? "", id);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
    if (existsSync(base)) return base;
    if (existsSync(`${base}.error`))
      throw Object.assign(new Error(), JSON.parse(readFileSync(`${base}.error`, "utf8")));
    if (waited === 0) {
      // Two test files may want the same at once.
      const own = `${base}.${process.pid}.written`;
      writeFileSync(own, request);
      renameSync(own, `${base}.json`);
    }
    Atomics.wait(pause, 0, 0, POLL_MS);
  }
  throw new Error(`nothing was synthesized in ${PATIENCE_MS / 1000} s for ${request}`);
}

/** The resource or data source that a template such as "${aws_vpc.network_vpc_0123ABCD.id}" names. */
export function target(stack: WrittenStack, template: string): Found {
  const address = /^\$\{((?:data\.)?\w+\.[\w-]+)/.exec(template)?.[1];
  const found = stack.all.find((each) => each.address === address);
  if (!found) throw new Error(`"${template}" names no resource`);
  return found;
}

/** The values of a Helm release, with Terraform's escapes undone. */
export function helmValues(release: Found): Body {
  const [text] = release.body["values"] as string[];
  return JSON.parse(unescaped(text ?? "{}")) as Body;
}

/** Kubernetes metadata, which the typed resources write as a block and custom resources as an object. */
export function metadata(found: Found): Body {
  const block = (
    found.type === "kubernetes_manifest" ? found.body["manifest"].metadata : found.body["metadata"]
  ) as unknown;
  return (Array.isArray(block) ? block[0] : block) as Body;
}

/** The custom resource of a kind and name. */
export function custom(stack: WrittenStack, kind: string, name: string): Found {
  const found = stack
    .of("kubernetes_manifest")
    .find(({ body }) => body["manifest"].kind === kind && body["manifest"].metadata.name === name);
  if (!found) throw new Error(`no ${kind} ${name}`);
  return found;
}

function collect(section: unknown, prefix: "" | "data."): Found[] {
  return Object.entries((section ?? {}) as Record<string, Record<string, Body>>).flatMap(([type, items]) =>
    Object.entries(items).map(([name, body]) => ({
      address: `${prefix}${type}.${name}`,
      type: `${prefix}${type}`,
      path: String(body["//"]?.metadata?.path ?? "").replace(/^[^/]+\//, ""),
      body,
    })),
  );
}
