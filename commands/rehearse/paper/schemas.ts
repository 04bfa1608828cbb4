import { didYouMean } from "../../../environments";
import { shownPath, type Problem } from "./problem";
import { problemsOf, type SchemaError } from "./schema-error";
import type { KubernetesObject } from "../../terraform/typed-object";

/**
 * Kubernetes' own schemas and those of CRDs, as validators compiled by kubernetes-models. They are ES modules, loaded when
 * there is an object of their kind to validate.
 */

/** Packages with the schemas of an API group; Kubernetes' own groups are in "kubernetes-models". */
const PACKAGES: Readonly<Record<string, string>> = {
  "acme.cert-manager.io": "@kubernetes-models/cert-manager",
  "cert-manager.io": "@kubernetes-models/cert-manager",
  "external-secrets.io": "@kubernetes-models/external-secrets",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
  "traefik.io": "@kubernetes-models/traefik",
};

/** The version that kubernetes-models 5.1.0 was generated from. */
export const SCHEMAS_OF = "Kubernetes 1.36";

/** Throws an error with `errors` if `this` is not valid. */
type Validate = (this: unknown) => void;

/** What is wrong with an object; undefined if there is no schema for its kind. */
export async function schemaProblems(object: KubernetesObject): Promise<readonly Problem[] | undefined> {
  const { apiVersion, kind } = object;
  const schema = await loaded(apiVersion, kind);
  if (schema === "none") return undefined;
  if (schema === "unknown kind")
    return [{ path: "kind", problem: `is "${kind}", and ${apiVersion} has no such kind` }];
  const reads = new Reads();
  const errors = errorsOf(schema, reads.watched(object));
  return [...problemsOf(errors, object), ...reads.unknownFields()];
}

const cache = new Map<string, Promise<Validate | "none" | "unknown kind">>();

function loaded(apiVersion: string, kind: string): Promise<Validate | "none" | "unknown kind"> {
  const id = `${apiVersion}/${kind}`;
  const found = cache.get(id) ?? load(apiVersion, kind);
  cache.set(id, found);
  return found;
}

async function load(apiVersion: string, kind: string): Promise<Validate | "none" | "unknown kind"> {
  const [group = ""] = apiVersion.includes("/") ? apiVersion.split("/") : [];
  const ofKubernetes = !group.includes(".") || group.endsWith(".k8s.io");
  const name = PACKAGES[group] ?? (ofKubernetes ? "kubernetes-models" : undefined);
  if (name === undefined) return "none";
  try {
    const models = (await import(`${name}/${apiVersion}/${kind}`)) as Readonly<
      Record<string, { readonly prototype: { readonly validate: Validate } }>
    >;
    return models[kind]?.prototype.validate ?? "unknown kind";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_MODULE_NOT_FOUND" || code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return "unknown kind";
    throw error;
  }
}

function errorsOf(validate: Validate, object: unknown): readonly SchemaError[] {
  try {
    validate.call(object);
    return [];
  } catch (error) {
    const { errors } = error as { readonly errors?: readonly SchemaError[] };
    if (errors === undefined) throw error;
    return errors;
  }
}

/** What a validator read from one object. */
interface Read {
  readonly keys: readonly string[];
  readonly asked: Set<string>;
  /** Whether it enumerated the keys, as it does in a map with arbitrary keys. */
  listed: boolean;
}

/**
 * Kubernetes' schemas allow unknown fields, which the API server drops. But a validator reads every field that its schema
 * names, so a key that it did not read is not in the schema. If it read nothing at all, the schema leaves the value open.
 */
class Reads {
  private readonly all = new Map<object, Read>();

  watched<T extends object>(object: T, keys: readonly string[] = []): T {
    const read = this.all.get(object) ?? { keys, asked: new Set(), listed: Array.isArray(object) };
    this.all.set(object, read);
    return new Proxy(object, {
      get: (target, key, receiver) => {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof key !== "string") return value;
        read.asked.add(key);
        return typeof value === "object" && value !== null ? this.watched(value, [...keys, key]) : value;
      },
      ownKeys: (target) => {
        read.listed = true;
        return Reflect.ownKeys(target);
      },
    });
  }

  unknownFields(): Problem[] {
    return [...this.all]
      .filter(([, { asked, listed }]) => !listed && asked.size > 0)
      .flatMap(([object, { keys, asked }]) =>
        Object.keys(object)
          .filter((key) => !asked.has(key))
          .map((key) => ({
            path: shownPath([...keys, key]),
            problem: `is not in the schema${didYouMean(key, [...asked])}`,
          })),
      );
  }
}
