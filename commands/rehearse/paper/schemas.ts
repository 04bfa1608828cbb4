import type { DefinedError } from "ajv";
import type { Problem } from "./problem";
import { problemsOf } from "./schema-error";
import type { KubernetesObject } from "../../terraform/typed-object";

/**
 * Kubernetes' own schemas and those of CRDs, as validators compiled by kubernetes-models. They are ES modules, loaded when
 * there is an object of their kind to validate.
 */

/** Packages with the schemas of an API group; those of all others are in "kubernetes-models", which has Kubernetes' own. */
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

/**
 * What is wrong with an object. The schemas allow unknown fields, which the API server drops: these are compile errors, since every object is of a published type or of one of the provider's.
 */
export async function schemaProblems(object: KubernetesObject): Promise<readonly Problem[]> {
  const { apiVersion, kind } = object;
  const schema = await load(apiVersion, kind);
  if (schema === undefined)
    return [{ path: "kind", problem: `is "${kind}", for which ${apiVersion} has no schema here` }];
  try {
    schema.call(object);
    return [];
  } catch (error) {
    const { errors } = error as { readonly errors?: readonly DefinedError[] };
    if (errors === undefined) throw error;
    return problemsOf(errors, object);
  }
}

async function load(apiVersion: string, kind: string): Promise<Validate | undefined> {
  const [group = ""] = apiVersion.includes("/") ? apiVersion.split("/") : [];
  const name = PACKAGES[group] ?? "kubernetes-models";
  try {
    const models = (await import(`${name}/${apiVersion}/${kind}`)) as Readonly<
      Record<string, { readonly prototype: { readonly validate: Validate } }>
    >;
    return models[kind]?.prototype.validate;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_MODULE_NOT_FOUND" || code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return undefined;
    throw error;
  }
}
