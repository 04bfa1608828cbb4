import { dataSourcesOf, resourcesOf, type StackJson } from "../../stacks/stack-json";

/** Whether a string contains a Terraform template, whose value is only known at plan or apply. */
export function isTemplate(value: unknown): value is string {
  return typeof value === "string" && /(?<![$%])[$%]\{/.test(value);
}

/** Undoes Terraform's escapes: see constructs/text.ts. */
export function unescaped(text: string): string {
  return text.replaceAll("$${", () => "${").replaceAll("%%{", () => "%{");
}

/** Arguments whose values are plain addresses, without a template. */
const OF_ADDRESSES = ["depends_on", "replace_triggered_by"];
const ADDRESS = /(?:data\.)?[a-z0-9]+_[a-z0-9_]+\.[A-Za-z0-9_-]+/g;

/** Possible addresses in a body: in `depends_on` and the like, or inside a template. */
export function referencesIn(body: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === "string") {
      if (!OF_ADDRESSES.includes(key) && !isTemplate(value)) return;
      for (const [address] of value.matchAll(ADDRESS)) found.add(address);
    } else if (Array.isArray(value)) {
      for (const each of value) visit(each, key);
    } else if (typeof value === "object" && value !== null) {
      for (const [name, each] of Object.entries(value)) if (name !== "//") visit(each, name);
    }
  };
  visit(body, "");
  return found;
}

/** What each resource and data source of a stack depends on, by address, as in Terraform's graph. */
export function dependenciesOf(stack: StackJson): Map<string, ReadonlySet<string>> {
  const { provider = {} } = stack;
  const all = [...resourcesOf(stack), ...dataSourcesOf(stack)];
  const addresses = new Set(all.map(({ address }) => address));
  // A provider's settings must be known before any of its resources is created. Those of the one with an alias always are.
  const ofProvider = (type: string) =>
    referencesIn(provider[type.split("_")[0] ?? ""]?.filter(({ alias }) => alias === undefined));
  return new Map(
    all.map(({ address, type, body }) => {
      const named = [...referencesIn(body), ...(body["provider"] === undefined ? ofProvider(type) : [])];
      return [address, new Set(named.filter((to) => to !== address && addresses.has(to)))];
    }),
  );
}
