import { custom, metadata, synth, type Body } from "../../synth";

const { app } = synth("prod");
const manifests = app.of("kubernetes_manifest");
const ofKind = (kind: string) => manifests.filter(({ body }) => body["manifest"].kind === kind);
const namespace = "wbot";

describe("a secret that External Secrets fills", () => {
  const secrets = ofKind("ExternalSecret");

  it("is kept when a value goes missing, and deleted with its ExternalSecret", () => {
    expect(secrets.length).toBeGreaterThan(1);
    for (const secret of secrets) {
      const { target } = secret.body["manifest"].spec;
      expect(target).toMatchObject({
        name: metadata(secret)["name"] as string,
        deletionPolicy: "Retain",
        creationPolicy: "Owner",
      });
    }
  });

  it("is refreshed every ten minutes, so that a rotated value arrives by itself", () => {
    for (const { body } of secrets) expect(body["manifest"].spec.refreshInterval).toBe("10m");
  });

  it("reads each key separately, never a whole AWS secret", () => {
    for (const { body } of secrets) {
      const spec = body["manifest"].spec as Body;
      expect(spec).not.toHaveProperty("dataFrom");
      for (const { remoteRef } of spec["data"]) expect(remoteRef.property).toEqual(expect.any(String));
    }
  });

  it("is read through the store of its own namespace", () => {
    for (const secret of secrets) {
      expect(metadata(secret)["namespace"]).toBe(namespace);
      expect(secret.body["manifest"].spec.secretStoreRef).toEqual({
        kind: "SecretStore",
        name: "secrets-manager",
      });
    }
  });
});

describe("the store", () => {
  it("reads Secrets Manager with the operator's own Pod Identity, and contains no credentials", () => {
    const store = custom(app, "SecretStore", "secrets-manager");
    expect(metadata(store)["namespace"]).toBe(namespace);
    expect(store.body["manifest"].spec).toEqual({
      provider: { aws: { service: "SecretsManager", region: "us-east-1" } },
    });
  });
});
