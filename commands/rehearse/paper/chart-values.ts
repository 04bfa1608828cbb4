import Ajv, { type DefinedError, type ValidateFunction } from "ajv";
import Ajv2020 from "ajv/dist/2020";
import { load as loadYaml, loadAll as loadAllYaml } from "js-yaml";
import { isGroup } from "../../../environments/json-text";
import { chartFiles, type ChartSource, type Release } from "../../charts/package";
import { unescaped } from "../../terraform/references";
import type { Problem } from "./problem";
import { problemsOf } from "./schema-error";

type Values = Readonly<Record<string, unknown>>;

interface Chart {
  /** Validates its values. @default - it has no schema */
  readonly validate?: ValidateFunction;
  /** A release's values are merged into them before validation. */
  readonly defaults: Values;
}

/** Loaded once for all environments. */
const charts = new Map<string, Promise<Chart>>();

/** What a chart's schema rejects in a release's values; undefined if the chart has no schema. */
export async function valueProblems(release: Release): Promise<readonly Problem[] | undefined> {
  const { chart, repository = "", version = "" } = release;
  const id = `${repository}/${chart}:${version}`;
  const loaded = charts.get(id) ?? load(release);
  charts.set(id, loaded);
  const { validate, defaults } = await loaded;
  if (validate === undefined) return undefined;
  const values = mergedValues([defaults, ...written(release)]);
  validate(values);
  return problemsOf((validate.errors ?? []) as DefinedError[], values);
}

async function load(source: ChartSource): Promise<Chart> {
  const files = await chartFiles(source);
  const schema = files.get("values.schema.json");
  const [defaults] = loadAllYaml(files.get("values.yaml") ?? "") as (Values | null)[];
  return { defaults: defaults ?? {}, ...(schema === undefined ? {} : { validate: compiled(schema) }) };
}

/** As Helm does: by the draft that the schema names, ignoring unknown keywords. */
function compiled(text: string): ValidateFunction {
  const { $schema = "", ...schema } = JSON.parse(text) as { readonly $schema?: string };
  const Validator = /draft\/20/.test($schema) ? Ajv2020 : Ajv;
  return new Validator({ allErrors: true, logger: false, strict: false, validateFormats: false }).compile(
    schema,
  );
}

function written({ values = [], set = [] }: Release): Values[] {
  return [
    ...values.map((text) => loadYaml(unescaped(text)) as Values),
    ...set
      // Part of a list, which Helm alone can fill in.
      .filter(({ name }) => !name.includes("["))
      .map(
        ({ name, value }) =>
          name.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), listed(value)) as Values,
      ),
  ];
}

/** As Helm reads a list of known values: "{a,b}". */
function listed(value: string): string | string[] {
  const list = /^\{([^${]*)\}$/.exec(value)?.[1];
  return list === undefined ? value : list.split(",");
}

/** Merges values as Helm does: maps are merged, everything else is replaced, and null removes a key. */
function mergedValues(all: readonly Values[]): Values {
  return all.reduce((below, above) => {
    const merged = new Map(Object.entries(below));
    for (const [key, value] of Object.entries(above)) {
      const there = merged.get(key);
      if (value === null) merged.delete(key);
      else merged.set(key, isGroup(value) && isGroup(there) ? mergedValues([there, value]) : value);
    }
    return Object.fromEntries(merged);
  }, {});
}
