import { SHAPES } from "../shapes";
import { helmValues, synth, target, type Body, type Found, type Written } from "../synth";

/**
 * Whoever may create a SecretStore in any namespace would read the app secret with External Secrets' own identity. So each of
 * its releases looks at one namespace, one where this project has a store, and serves no store that is the cluster's.
 */

/** The releases that run a controller of External Secrets. */
const controllersOf = ({ infra }: Written): Found[] =>
  infra
    .of("helm_release")
    .filter(
      (each) => each.body["chart"] === "external-secrets" && helmValues(each)["createOperator"] !== false,
    );

/** All objects of a kind: those of `app`, and those among the values of charts, at whatever depth. */
function objectsOf({ infra, app }: Written, kind: RegExp): Body[] {
  const within = (value: unknown): Body[] => {
    if (typeof value !== "object" || value === null) return [];
    const own = value as Body;
    return [
      ...(typeof own["kind"] === "string" && kind.test(own["kind"]) && "metadata" in own ? [own] : []),
      ...Object.values(own).flatMap(within),
    ];
  };
  return [
    ...app.of("kubernetes_manifest").flatMap(({ body }) => within(body["manifest"])),
    ...infra.of("helm_release").flatMap((release) => within(helmValues(release))),
  ];
}

const namespaces = (objects: readonly Body[]) =>
  [...new Set(objects.map(({ metadata }) => metadata.namespace as string))].sort();

describe.each(SHAPES)("in %s", (_, name, overrides) => {
  const written = synth(name, overrides);

  it("each External Secrets serves one namespace, another than the rest, and no store of the cluster", () => {
    const controllers = controllersOf(written);
    const scopes = controllers.map((each) => helmValues(each)["scopedNamespace"] as string);
    expect(new Set(scopes).size).toBe(controllers.length);
    for (const each of controllers)
      expect(helmValues(each)).toMatchObject({
        scopedNamespace: expect.stringMatching(/^[a-z-]+$/) as string,
        scopedRBAC: true,
        processClusterStore: false,
        processClusterExternalSecret: false,
      });
    expect(objectsOf(written, /^Cluster(SecretStore|ExternalSecret)$/)).toEqual([]);
  });

  it("every store and every ExternalSecret lies in a namespace that one serves, and none serves another", () => {
    const scopes = controllersOf(written)
      .map((each) => helmValues(each)["scopedNamespace"] as string)
      .sort();
    expect(namespaces(objectsOf(written, /^SecretStore$/))).toEqual(scopes);
    expect(namespaces(objectsOf(written, /^ExternalSecret$/))).toEqual(scopes);
  });

  it("an ExternalSecret names the store of its own namespace", () => {
    const named = (objects: readonly Body[], storeOf: (object: Body) => string) =>
      new Set(objects.map((each) => `${String(each["metadata"].namespace)}/${storeOf(each)}`));
    const stores = named(objectsOf(written, /^SecretStore$/), ({ metadata }) => metadata.name as string);
    for (const each of named(
      objectsOf(written, /^ExternalSecret$/),
      ({ spec }) => spec.secretStoreRef.name as string,
    ))
      expect(stores).toContain(each);
  });

  it("each has its own role, in which only the product's has more than the app secret", () => {
    const { infra } = written;
    for (const each of controllersOf(written)) {
      const release = String(each.body["name"]);
      const { body } = infra.one("aws_eks_pod_identity_association", `${release}-role`);
      expect(body).toMatchObject({
        namespace: release,
        service_account: helmValues(each)["serviceAccount"].name,
      });
      const policy = infra.one("aws_iam_role_policy", `${release}-role`).body["policy"];
      const [{ resources = [] } = {}, ...others] = target(infra, policy).body["statement"] as Body[];
      expect(others).toEqual([]);
      expect((resources as string[]).map((arn) => arn.replace(/^.*:secret:wbot\/\w+\//, ""))).toEqual([
        "app-??????",
        ...(release === "external-secrets" ? ["redis-??????"] : []),
      ]);
    }
  });
});
