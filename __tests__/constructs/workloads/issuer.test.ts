import { custom, helmValues, metadata, synth, type Body, type WrittenStack } from "../../synth";

const issuerOf = (app: WrittenStack) => {
  const found = app.of("kubernetes_manifest").find(({ body }) => body["manifest"].kind === "ClusterIssuer");
  if (!found) throw new Error("no ClusterIssuer");
  return found;
};
const specOf = (app: WrittenStack): Body => issuerOf(app).body["manifest"].spec;

describe("the issuer", () => {
  it.each([
    ["prod", "letsencrypt", "https://acme-v02.api.letsencrypt.org/directory"],
    ["staging", "letsencrypt-staging", "https://acme-staging-v02.api.letsencrypt.org/directory"],
  ])("of %s is %s, with an account of its own", (name, issuer, server) => {
    const { app } = synth(name);
    expect(metadata(issuerOf(app))["name"]).toBe(issuer);
    expect(specOf(app)["acme"]).toMatchObject({
      server,
      privateKeySecretRef: { name: `${issuer}-account-key` },
    });
  });

  it("is self-signed in dev, whose host has no public name", () => {
    expect(specOf(synth("dev").app)).toEqual({ selfSigned: {} });
  });

  it("answers HTTP-01 at port 80, where challenges arrive, and at 443, where a proxy that redirects sends them", () => {
    const { infra, app } = synth("prod");
    const { ingressClass, ports } = helmValues(infra.one("helm_release", "traefik"));
    expect(ports.websecure.http.tls).toEqual({ enabled: true });
    expect(specOf(app)["acme"].solvers).toEqual([
      {
        http01: {
          ingress: {
            ingressClassName: ingressClass.name as string,
            serviceType: "ClusterIP",
            ingressTemplate: {
              metadata: {
                annotations: { "traefik.ingress.kubernetes.io/router.entrypoints": "web,websecure" },
              },
            },
          },
        },
      },
    ]);
  });

  it("uses only DNS-01 if there is a zone, with cert-manager's own Pod Identity", () => {
    const { app } = synth("prod", { domain: { hostedZoneId: "Z0000000000EXAMPLE" } });
    expect(specOf(app)["acme"].solvers).toEqual([
      {
        selector: { dnsNames: ["chat.example.com"] },
        dns01: { route53: { hostedZoneID: "Z0000000000EXAMPLE", region: "us-east-1" } },
      },
    ]);
  });

  it("validates each host in its own zone, or else by HTTP", () => {
    const { app } = synth("prod", {
      domain: {
        hostedZoneId: "Z0000000000EXAMPLE",
        others: [
          { host: "www.chat.example.com", hostedZoneId: "Z0000000000EXAMPLE" },
          { host: "chat.example.org", hostedZoneId: "Z0000000000ANOTHER" },
          { host: "chat.example.net" },
        ],
      },
    });
    const found = specOf(app)["acme"].solvers as Body[];
    expect(found.map((each) => [each["selector"]?.dnsNames, each["dns01"]?.route53.hostedZoneID])).toEqual([
      [["chat.example.com", "www.chat.example.com"], "Z0000000000EXAMPLE"],
      [["chat.example.org"], "Z0000000000ANOTHER"],
      [undefined, undefined],
    ]);
    expect(found[2]).toHaveProperty("http01");
  });
});

describe.each([
  ["dev", "dev.chat.example.com"],
  ["staging", "staging.chat.example.com"],
  ["prod", "chat.example.com"],
])("the certificate of %s", (name, host) => {
  const { app } = synth(name);
  const { spec } = custom(app, "Certificate", "wbot-tls").body["manifest"];

  it("is for the host, from this environment's issuer, with a new key each time, where the routes read it", () => {
    expect(spec).toMatchObject({
      secretName: app.one("kubernetes_ingress_v1", "ingress/web-route").body["spec"].tls[0]
        .secret_name as string,
      dnsNames: [host],
      issuerRef: { kind: "ClusterIssuer", name: metadata(issuerOf(app))["name"] as string },
      privateKey: { rotationPolicy: "Always" },
    });
  });
});
