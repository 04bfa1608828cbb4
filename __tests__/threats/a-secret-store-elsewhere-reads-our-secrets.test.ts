import { helmValues, synth } from "../synth";

/**
 * Whoever may create a SecretStore in any namespace would read the app secret with External Secrets' own identity. So it
 * looks at the product's namespace only, and serves no store that is the cluster's.
 */
it("External Secrets serves the product's namespace only, and no store of the cluster", () => {
  const { infra, app } = synth("prod");
  const values = helmValues(infra.one("helm_release", "external-secrets"));
  const stores = app
    .of("kubernetes_manifest")
    .map(({ body }) => body["manifest"])
    .filter(({ kind }) => String(kind).endsWith("SecretStore"));
  expect(stores.map(({ metadata }) => metadata.namespace as string)).toEqual([values["scopedNamespace"]]);
  expect(values).toMatchObject({ processClusterStore: false, processClusterExternalSecret: false });
});
