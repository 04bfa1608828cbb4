import { environments, loadEnvironment } from "../../environments";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";
import { helmValues, synth } from "../synth";

const ENDPOINT = "http://host.docker.internal:4566";
const { infra, app } = synth("rehearsal");

it("can't be deployed to a real AWS account", () => {
  expect(infra.json["provider"].aws[1].allowed_account_ids).toEqual([
    expect.stringMatching(/^\$\{coalesce\("000000000000", /),
  ]);
  for (const overrides of [
    { account: "111122223333", access: { admins: ["arn:aws:iam::111122223333:root"] } },
    { tier: "staging" },
  ])
    expect(() => loadEnvironment("rehearsal", { overrides })).toThrow(
      'it must be omitted, unless account is "000000000000" and tier is "development"',
    );
});

it("points the controllers that call AWS at the emulator", () => {
  const secrets = helmValues(infra.one("helm_release", "external-secrets"))["extraEnv"];
  expect(secrets).toContainEqual({ name: "AWS_ENDPOINT_URL", value: ENDPOINT });
  const scaler = helmValues(infra.one("helm_release", "cluster-autoscaler"))["extraEnv"];
  expect(scaler).toMatchObject({ AWS_ENDPOINT_URL: ENDPOINT, AWS_REGION: "us-east-1" });
  expect(helmValues(infra.one("helm_release", "aws-load-balancer-controller"))).toMatchObject({
    awsApiEndpoints: `EC2=${ENDPOINT},Elastic Load Balancing v2=${ENDPOINT},STS=${ENDPOINT}`,
    env: { AWS_ENDPOINT_URL: ENDPOINT },
  });
});

it("signs in to its cluster with AWS's own host, whatever endpoint the AWS CLI uses", () => {
  for (const stack of [infra, app])
    expect(stack.json["provider"].kubernetes[0].exec[0].env).toEqual({
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
    });
});

it("does the same for Helm", () => {
  expect(infra.json["provider"].helm[0].kubernetes.exec).toEqual({
    ...infra.json["provider"].kubernetes[0].exec[0],
    args: expect.arrayContaining(["get-token"]),
  });
});

it("runs stand-ins that answer the product's checks", () => {
  for (const key of SERVICE_KEYS) {
    const { name, http } = SERVICES[key];
    const { body } = app.one("kubernetes_deployment_v1", name);
    const [container] = [body["spec"].template.spec.container].flat();
    expect(container.image).toBe("public.ecr.aws/docker/library/python:3.13-alpine");
    const [program, flag, script] = container.command;
    expect([program, flag]).toEqual(["python3", "-c"]);
    if (http === undefined) continue;
    for (const path of [http.probe.path, "/health", "/api/stream"]) expect(script).toContain(`"${path}"`);
  }
});

it("is the only environment with an emulator, and with its own commands, but for its twin", () => {
  for (const name of Object.keys(environments).filter((each) => !each.startsWith("rehearsal"))) {
    const environment = loadEnvironment(name);
    expect(environment.emulator).toBeUndefined();
    for (const key of SERVICE_KEYS) expect(environment[key].command).toBeUndefined();
  }
});
