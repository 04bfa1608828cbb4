import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Item {
  readonly "//"?: { readonly metadata?: { readonly path?: string } };
  readonly [argument: string]: unknown;
}
type Section = Readonly<Record<string, Readonly<Record<string, Item>>>>;

/** A stack as Terraform reads it. */
export interface StackJson {
  readonly resource?: Section;
  readonly data?: Section;
  readonly provider?: unknown;
  /** Settings of the backend by its type, such as "s3". */
  readonly terraform?: { readonly backend?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

/** One resource of a stack, or one data source. */
export interface Resource {
  readonly type: string;
  /** Terraform's, such as "aws_vpc.network_vpc_0123ABCD"; "data." comes before a data source's. */
  readonly address: string;
  /** Construct path without the stack, such as "network/vpc"; the address where none was written. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A stack's resources, one by one. */
export function resourcesOf({ resource }: StackJson): Resource[] {
  return itemsOf(resource, "");
}

/** A stack's data sources, one by one. */
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

/** The stack that lies in a folder where Terraform runs. */
export function stackJsonIn(folder: string): StackJson {
  return JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")) as StackJson;
}
