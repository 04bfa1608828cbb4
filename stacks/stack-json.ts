import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Item {
  readonly "//"?: { readonly metadata?: { readonly path?: string } };
  readonly [argument: string]: unknown;
}
type Section = Readonly<Record<string, Readonly<Record<string, Item>>>>;

/** A stack's JSON configuration. */
export interface StackJson {
  readonly resource?: Section;
  readonly data?: Section;
  readonly provider?: Readonly<Record<string, readonly { readonly alias?: string }[]>>;
  /** Backend configuration by type, such as "s3". */
  readonly terraform?: { readonly backend?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

/** A resource or data source of a stack. */
export interface Resource {
  readonly type: string;
  /** Terraform address, such as "aws_vpc.network_vpc_0123ABCD"; with "data." for a data source. */
  readonly address: string;
  /** Construct path without the stack, such as "network/vpc"; the address if there is none. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export function resourcesOf({ resource }: StackJson): Resource[] {
  return itemsOf(resource, "");
}

export function dataSourcesOf({ data }: StackJson): Resource[] {
  return itemsOf(data, "data.");
}

function itemsOf(section: Section = {}, prefix: "" | "data."): Resource[] {
  return Object.entries(section).flatMap(([type, items]) =>
    Object.entries(items).map(([id, body]) => {
      const address = `${prefix}${type}.${id}`;
      const path = body["//"]?.metadata?.path?.split("/").slice(1).join("/") ?? address;
      return { type, address, path, body };
    }),
  );
}

/** The stack in a Terraform working directory. */
export function stackJsonIn(folder: string): StackJson {
  return JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")) as StackJson;
}
