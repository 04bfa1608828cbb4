import { BOTH_ELSEWHERE, LOGS_AT_A_VENDOR, METRICS_ELSEWHERE } from "../shapes";
import { helmValues, synth, type Body } from "../synth";

/**
 * Traefik faces the internet; Reloader and External Secrets run others' code. Whoever gets into one of them has its rights:
 * in the product's namespace and its own, but for no Secret elsewhere, such as the ACME account's key or Grafana's.
 */

const PRODUCT = ["external-secrets", "wbot"];
const TO_ALLOY = ["alloy-secrets", "alloy"];
const TO_MONITORING = ["monitoring-secrets", "monitoring"];

describe.each([
  ["dev", undefined, [PRODUCT]],
  ["prod", undefined, [PRODUCT]],
  ["dev", LOGS_AT_A_VENDOR, [PRODUCT, TO_ALLOY]],
  ["staging", METRICS_ELSEWHERE, [PRODUCT, TO_MONITORING]],
  ["prod", BOTH_ELSEWHERE, [PRODUCT, TO_ALLOY, TO_MONITORING]],
])("in %s with %j", (name, overrides, scopes) => {
  const { infra } = synth(name, overrides);
  const values = (release: string) => helmValues(infra.one("helm_release", `${release}/release`));

  it("each External Secrets has a role in one namespace, and adds to no role of others", () => {
    const releases = infra
      .of("helm_release")
      .filter(({ body }) => body["chart"] === "external-secrets")
      .map((each) => ({ name: String(each.body["name"]), values: helmValues(each) }));
    const controllers = releases.filter(({ values: own }) => own["createOperator"] !== false);
    expect(controllers.map((each) => [each.name, each.values["scopedNamespace"]]).sort()).toEqual(
      [...scopes].sort(),
    );
    for (const { values: own } of controllers)
      expect(own).toMatchObject({
        scopedRBAC: true,
        rbac: {
          serviceAccountTokenCreate: false,
          servicebindings: { create: false },
          aggregateToView: false,
          aggregateToEdit: false,
          aggregateToAdmin: false,
        },
        // Its role would be for all Secrets of the cluster.
        certController: { create: false },
      });
    // What is copied has no pod and no role.
    for (const { values: own } of releases.filter((each) => !controllers.includes(each)))
      expect(own).toMatchObject({
        createOperator: false,
        rbac: { create: false },
        serviceAccount: { create: false },
        webhook: { create: false },
        certController: { create: false },
      });
  });

  it("cert-manager adds to no role of others", () => {
    expect(values("cert-manager")["global"].rbac).toEqual({ aggregateClusterRoles: false });
  });

  it("Reloader has a role in one namespace beside its own", () => {
    expect(values("reloader")["reloader"]).toMatchObject({ watchGlobally: false, namespaces: ["wbot"] });
  });

  it("Traefik has our roles in place of the chart's, with Secrets only in the product's namespace and its own", () => {
    const traefik = values("traefik");
    expect(traefik["rbac"]).toEqual({ enabled: false });
    const objects = traefik["extraObjects"] as Body[];
    const roles = objects.filter(({ kind }) => kind === "Role" || kind === "ClusterRole");
    const withSecrets = roles.filter((role) =>
      (role["rules"] as Body[]).some((rule) =>
        rule["resources"].some((each: string) => /secrets|\*/.test(each)),
      ),
    );
    expect(withSecrets.map((role) => [role["kind"], role["metadata"].namespace])).toEqual([
      ["Role", "wbot"],
      ["Role", "traefik"],
    ]);
    const verbs = new Set(
      roles.flatMap((role) =>
        (role["rules"] as Body[]).flatMap((rule) =>
          rule["resources"].includes("ingresses/status") ? [] : (rule["verbs"] as string[]),
        ),
      ),
    );
    expect(verbs).toEqual(new Set(["get", "list", "watch"]));
    for (const { kind, metadata, roleRef, subjects } of objects.filter((each) => "roleRef" in each)) {
      expect(kind).toBe(`${String(roleRef.kind)}Binding`);
      expect(metadata.name).toBe(roleRef.name);
      expect(subjects).toEqual([{ kind: "ServiceAccount", name: "traefik", namespace: "traefik" }]);
    }
  });
});
