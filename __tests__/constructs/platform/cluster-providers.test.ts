import { synth, type Body, type WrittenStack } from "../../synth";

const { infra, app } = synth("prod");

const asksForToken = (stack: WrittenStack, exec: Body) => {
  expect(exec).toMatchObject({ api_version: "client.authentication.k8s.io/v1beta1", command: "aws" });
  const cluster = stack === infra ? `\${${infra.one("aws_eks_cluster").address}.name}` : "wbot-prod";
  const getToken = ["eks", "get-token", "--cluster-name", cluster, "--region", "us-east-1"];
  // Whatever format the AWS CLI is configured to print.
  expect(exec["args"]).toEqual([...getToken, "--output", "json"]);
};

describe("a provider for the cluster", () => {
  it("gets a token from AWS when it needs one, in either stack", () => {
    for (const stack of [infra, app]) asksForToken(stack, stack.json["provider"].kubernetes[0].exec[0]);
    asksForToken(infra, infra.json["provider"].helm[0].kubernetes.exec);
  });

  it("contains no token, which would expire before a first deploy gets to use it", () => {
    for (const stack of [infra, app]) {
      const { kubernetes, helm } = stack.json["provider"];
      expect(JSON.stringify([kubernetes, helm])).not.toMatch(/"(token|password|client_key|config_path)"/);
      expect(stack.of("data.aws_eks_cluster_auth")).toEqual([]);
    }
  });

  it("verifies that it connects to this cluster and no other", () => {
    const own = `\${base64decode(${infra.one("aws_eks_cluster").address}.certificate_authority[0].data)}`;
    expect(infra.json["provider"].kubernetes[0].cluster_ca_certificate).toBe(own);
    expect(infra.json["provider"].helm[0].kubernetes.cluster_ca_certificate).toBe(own);
    expect(app.json["provider"].kubernetes[0].cluster_ca_certificate).toBe(
      `\${base64decode(${app.one("data.aws_eks_cluster").address}.certificate_authority[0].data)}`,
    );
    for (const stack of [infra, app]) {
      expect(JSON.stringify(stack.json["provider"])).not.toContain('"insecure"');
    }
  });
});
