import { CI } from "../constructs/ci/scope";
import { helmValues, synth } from "../synth";
import { namespaceOf } from "../connections";

/**
 * A pull request's code runs as the plan role. With the ACME account's key it would get a certificate of the product's host
 * while the last validation counts, and revoke the live one.
 */
it("the plan role reads no Secret in the namespace of the account's key, where nothing runs", () => {
  const { infra } = synth("prod", CI);
  const account = helmValues(infra.one("helm_release", "cert-manager"))["clusterResourceNamespace"] as string;
  expect(account).toBe("acme-account");
  const roles = infra.of("kubernetes_role_v1");
  expect(roles.length).toBeGreaterThan(0);
  expect(roles.map((role) => namespaceOf(infra, role))).not.toContain(account);
  const releases = infra.of("helm_release").map(({ body }) => String(body["namespace"]));
  const own = infra.one("kubernetes_namespace_v1", "acme-account").address;
  expect(releases.filter((namespace) => namespace.includes(own))).toEqual([]);
});
