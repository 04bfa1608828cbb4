import { writeFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import {
  BatchGetImageCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
} from "@aws-sdk/client-ecr";
import { DescribeClusterCommand, EKSClient, ListNodegroupsCommand } from "@aws-sdk/client-eks";
import {
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { asCommandError } from "../../../commands/cli/aws";
import { riskOf } from "../../../commands/plan/risks";
import { harness } from "../harness";
import { deploy, type DeployOptions } from "../../../commands/deploy/deploy";
import { forwarded } from "../../../commands/verification/port-forward";
import { get, type Answer, type Target } from "../../../commands/verification/requests";
import { loadEnvironment } from "../../../environments";
import { missingCluster } from "../../../environments/hints";
import { perService, SERVICE_KEYS, SERVICES } from "../../../environments/services";
import { localState } from "../../../environments/local-state";
import { changing, DEPLOYMENT, failing, FIRST_DEPLOY, print, VPC } from "../terraform/stand-in";
import { CI } from "../../constructs/ci/scope";
import type { ResourceChange } from "../../../commands/terraform/plan-json";
import { plan, resource } from "../plan/plans";
import { CERTIFICATE, DEPLOYMENTS, kubernetesApi, PODS, waitingPod } from "../kubernetes";
import { networkError } from "../sdk-error";
import { Session } from "../../../commands/session/session";

// Its sign-in is the AWS CLI's.
jest.mock("../../../commands/cli/kubernetes", () => ({
  ...jest.requireActual<object>("../../../commands/cli/kubernetes"),
  signedIn: () => kubernetes.config,
}));
jest.mock("../../../commands/verification/requests", () => ({
  ...jest.requireActual<object>("../../../commands/verification/requests"),
  get: jest.fn(),
}));
jest.mock("../../../commands/verification/port-forward", () => ({ forwarded: jest.fn() }));
// Looks once: what is not ready here never will be.
jest.mock("../../../commands/cli/wait", () => jest.requireActual<object>("../look-once"));
// Two of the checks, to fail as they do: the others ask more of AWS and of the network.
jest.mock("../../../commands/preflight/checks", () => ({
  ...jest.requireActual<object>("../../../commands/preflight/checks"),
  CHECKS: Object.fromEntries(
    ["credentials", "images"].map((name) => [
      name,
      {
        load: () => jest.requireActual(`../../../commands/preflight/checks/${name}`)[name],
        offline: name === "credentials",
      },
    ]),
  ),
}));

const { terraform, printed, text } = harness(FIRST_DEPLOY);
const ecr = mockClient(ECRClient);
const eks = mockClient(EKSClient);
const elb = mockClient(ElasticLoadBalancingV2Client);
const sts = mockClient(STSClient);
const TAGGED = { image: { tag: "v0.1.0" } };
const dev = loadEnvironment("dev", { overrides: { account: "111122223333", ...perService(() => TAGGED) } });
const sdk = (name: string, message = name) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });

const EXPIRED = sdk("ExpiredTokenException");
const DENIED = sdk("AccessDeniedException", "User: me is not authorized to perform: eks:DescribeCluster");
const DROPPED = networkError();

const kubernetes = kubernetesApi();
const { AWS_ENDPOINT_URL: endpoint } = process.env;
beforeAll(() => {
  delete process.env["AWS_ENDPOINT_URL"];
});
afterAll(() => {
  if (endpoint !== undefined) process.env["AWS_ENDPOINT_URL"] = endpoint;
});
beforeEach(() => {
  for (const mock of [ecr, eks, elb, sts]) mock.reset();
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:role/me" });
  const imageManifest = '{"manifests":[{"platform":{"architecture":"arm64"}}]}';
  ecr.on(BatchGetImageCommand).resolves({ images: [{ imageManifest }] });
  ecr.on(DescribeImagesCommand).resolves({});
  ecr.on(DescribeRepositoriesCommand).resolves({});
  eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: "https://cluster.test" } });
  eks.on(ListNodegroupsCommand).resolves({});
  elb
    .on(DescribeLoadBalancersCommand)
    .resolves({ LoadBalancers: [{ DNSName: "wbot-dev.elb.us-east-1.amazonaws.com" }] });
  jest.mocked(get).mockReset().mockResolvedValue(answer(200));
});

/** The product's answer to a GET. */
const answer = (status: number, maintenance = false): Answer => ({
  ...{ status, maintenance, contentType: "", location: undefined },
  ...{ text: "", parts: [], complete: true, milliseconds: 12 },
});

const OPTIONS: DeployOptions = {
  stacks: ["infra", "app"],
  yes: true,
  preflight: true,
  verify: true,
  resumeCommand: "npx wbot deploy --env dev",
};
const deployed = (options: Partial<DeployOptions> = {}) =>
  deploy(new Session(dev), { ...OPTIONS, ...options });

describe("a deploy of both stacks", () => {
  it("ends with a report: each part's duration, the product's URL, and how to reach the cluster", async () => {
    expect(await deployed()).toBe(0);
    expect(terraform.calls()).toEqual([
      "infra init",
      "infra plan",
      "infra show",
      "infra apply",
      "app init",
      "app plan",
      "app show",
      "app apply",
    ]);
    expect(text()).toContain("\n  + network/vpc  aws_vpc [network]\n");
    expect(text().slice(text().lastIndexOf("\n\npreflight") + 2)).toBe(
      [
        `preflight     0.1 s  ${1 + SERVICE_KEYS.length} passed`,
        "infra         0.1 s  1 created",
        "app           0.1 s  1 created",
        "verification  0.1 s  5 passed, 1 warned",
        "total         0.1 s",
        "",
        "The product    https://dev.chat.example.com",
        "Load balancer  wbot-dev.elb.us-east-1.amazonaws.com",
        "kubectl        aws eks update-kubeconfig --region us-east-1 --name wbot-dev",
      ].join("\n"),
    );
  });

  it("ends a pod under a stream only when asked to, and after all other checks", async () => {
    expect(await deployed({ checkDrain: "/api/stream/check" })).toBe(0);
    const [last] = printed.filter((line) => /^. (pass|warn|fail|skip) /.test(line)).slice(-1);
    expect(last).toMatch(/^▲ warn drain: .+ wbot-ai /);
  });

  it("leaves the pods alone when another check has failed", async () => {
    kubernetes.answers[CERTIFICATE] = {};
    expect(await deployed({ checkDrain: "/api/stream/check" })).toBe(3);
    expect(text()).not.toContain("drain");
  });

  it.each<Partial<DeployOptions>>([{ verify: false }, { stacks: ["infra"] }])(
    "refuses --check-drain where nothing verifies the product (%j)",
    async (options) => {
      await expect(deployed({ ...options, checkDrain: "/api/stream/check" })).rejects.toThrow(
        "--check-drain is part of app's verification: deploy app too, and remove --no-verify.",
      );
      expect(terraform.calls()).toEqual([]);
    },
  );

  it("applies nothing if nothing changes, but still verifies", async () => {
    terraform.answer({ ...FIRST_DEPLOY, "infra show": print({}), "app show": print({}) });
    expect(await deployed({ yes: false })).toBe(0);
    expect(terraform.calls().filter((call) => call.endsWith("apply"))).toEqual([]);
    expect(text()).toContain("Planned infra: nothing to change");
    expect(text()).toMatch(/\napp +0\.1 s {2}nothing changed\nverification/);
  });

  it("skips what the options say to skip", async () => {
    eks.on(DescribeClusterCommand).rejects(sdk("NothingMayBeAsked"));
    expect(await deployed({ preflight: false, verify: false })).toBe(0);
    expect(ecr.calls()).toHaveLength(0);
    expect(sts.calls()).toHaveLength(0);
    expect(text()).toMatch(/\n\ninfra +0\.1 s {2}1 created\napp +0\.1 s {2}1 created\ntotal/);
  });
});

describe("lookups", () => {
  const found = { cluster: { endpoint: "https://cluster.test" } };
  const asked = () => ({
    cluster: eks.commandCalls(DescribeClusterCommand).length,
    identity: sts.calls().length,
    syntheses: terraform.syntheses(),
  });

  it("happen once each: the cluster, the caller's identity and the stacks", async () => {
    // The images that run are kept: the cluster is looked into before anything is deployed.
    const kept = new Session(loadEnvironment("dev", { overrides: { account: "111122223333" } }));
    expect(await deploy(kept, { ...OPTIONS, rollBack: true })).toBe(0);
    expect(asked()).toEqual({ cluster: 1, identity: 1, syntheses: 1 });
  });

  it("are repeated for the cluster after infra has created it", async () => {
    terraform.synthesizes("infra", { resource: { helm_release: { x: { name: "traefik", chart: "none" } } } });
    eks
      .on(DescribeClusterCommand)
      .callsFake(() =>
        terraform.calls().includes("infra apply")
          ? Promise.resolve(found)
          : Promise.reject(sdk("ResourceNotFoundException")),
      );
    expect(await deployed({ rollBack: true })).toBe(0);
    // Also before: for what runs already, and on which nodes.
    expect(asked()).toMatchObject({ cluster: 5, syntheses: 1 });
  });

  it("are repeated for the cluster after infra has changed it", async () => {
    terraform.answer({ ...FIRST_DEPLOY, "infra show": changing("update", "aws_eks_cluster.x") });
    const session = new Session(dev);
    await session.cluster();
    expect(await deploy(session, { ...OPTIONS, rollBack: true })).toBe(0);
    expect(asked()).toMatchObject({ cluster: 2, syntheses: 1 });
  });
});

describe("what stops a deploy before Terraform runs", () => {
  afterEach(() => {
    expect(terraform.calls()).toEqual([]);
  });

  it("is a local state although the environment has a bucket", async () => {
    const state = { kind: "s3", bucket: "a-bucket" };
    writeFileSync(localState("dev", "app"), "{}");
    await expect(
      deploy(
        new Session(loadEnvironment("dev", { overrides: { state, ...perService(() => TAGGED) } })),
        OPTIONS,
      ),
    ).rejects.toThrow("(out.dev.app.tfstate)");
    expect(sts.calls()).toHaveLength(0);
  });

  it("is a failed check, reported with its fix", async () => {
    ecr.on(BatchGetImageCommand).resolves({ images: [] });
    await expect(deployed()).rejects.toMatchObject({
      message: "Nothing was deployed to dev. Fix the failed checks above, or skip them with --no-preflight.",
      exitCode: 1,
    });
    expect(text()).toContain(
      "✖ fail images: 111122223333.dkr.ecr.us-east-1.amazonaws.com/dev/wbot-ai has no image v0.1.0\n    aws ecr get-login-password",
    );
    expect(text()).not.toContain("✔");
  });

  it("is no access to AWS, reported once", async () => {
    sts.on(GetCallerIdentityCommand).rejects(EXPIRED);
    await expect(deployed()).rejects.toThrow("--no-preflight");
    expect(text().match(/^(?:▲|✖|–) .*\n.*$/gm)).toEqual([
      expect.stringMatching(/^✖ fail credentials: .+\n {4}.*aws sso login/),
    ]);
  });

  it("is app without infra", async () => {
    eks.on(DescribeClusterCommand).rejects(sdk("ResourceNotFoundException"));
    await expect(deployed({ stacks: ["app"] })).rejects.toThrow(
      missingCluster(loadEnvironment("dev"), "npx wbot deploy infra --env dev"),
    );
  });

  it("is a cluster that can't be asked for", async () => {
    eks.on(DescribeClusterCommand).rejects(DENIED);
    const thrown = await deployed({ stacks: ["app"], preflight: false }).catch(asCommandError);
    expect(thrown).toMatchObject({
      name: "CommandError",
      message: expect.stringMatching(/^User: me is not authorized to perform: eks:DescribeCluster\. /),
      exitCode: 1,
    });
    expect(printed).toEqual([]);
  });
});

it("shows the plan and applies nothing without a terminal", async () => {
  await expect(deployed({ yes: false })).rejects.toMatchObject({
    message: "infra was not deployed: confirmation needs a terminal. To continue without confirmation: --yes",
    exitCode: 1,
  });
  expect(terraform.calls()).toEqual(["infra init", "infra plan", "infra show"]);
  expect(printed.at(-1)).toBe("\ninfra: 1 to create\n\n  + network/vpc  aws_vpc [network]\n");
});

describe("what only an administrator may deploy", () => {
  const withCi = loadEnvironment("dev", { overrides: { ...CI, ...perService(() => TAGGED) } });
  const shown = (...planned: readonly ResourceChange[]) => {
    terraform.answer({ ...FIRST_DEPLOY, "infra show": print(plan(...planned)) });
  };
  const by = (caller: string) => {
    const Arn = `arn:aws:sts::111122223333:assumed-role/${caller}/GitHubActions`;
    sts.on(GetCallerIdentityCommand).resolves({ Account: "111122223333", Arn });
    return deploy(new Session(withCi), { ...OPTIONS, stacks: ["infra"], preflight: false });
  };

  it("is refused to CI's deploy role before anything is changed, with the command", async () => {
    const name = "wbot-dev-external-secrets-role";
    shown(
      resource("aws_kms_key.k", ["create"], null, {}),
      resource("aws_iam_role.r", ["create"], null, { name }),
      resource(VPC, ["create"], null, {}),
    );
    await expect(by("wbot-dev-ci-deploy")).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Nothing in infra was deployed to dev\. .+ create aws_kms_key\.k \(aws_kms_key\), create aws_iam_role\.r \(aws_iam_role\)\. .+: npx wbot deploy infra --env dev$/,
      ),
      exitCode: 1,
    });
    expect(terraform.calls()).not.toContain("infra apply");
  });

  it("is deployed by an administrator, and the rest by CI", async () => {
    shown(resource("aws_ecr_repository.r", ["delete"], { force_delete: true }, null));
    expect(await by("wbot-admin")).toBe(0);
    shown(resource("aws_ecr_repository.r", ["create"], null, {}), resource(VPC, ["create"], null, {}));
    expect(await by("wbot-dev-ci-deploy")).toBe(0);
  });
});

describe("images on a first deploy, when infra creates their repositories", () => {
  beforeEach(() => {
    ecr.on(BatchGetImageCommand).callsFake(() => {
      if (!terraform.calls().includes("infra apply")) throw sdk("RepositoryNotFoundException");
      return { images: [] };
    });
  });

  it("stop it between the stacks, with the commands to push them and to continue", async () => {
    await expect(deployed()).rejects.toMatchObject({
      message:
        "infra is deployed, but app can't be yet. Fix the failed checks above, then continue: npx wbot deploy --env dev",
      exitCode: 1,
    });
    expect(terraform.calls().at(-1)).toBe("infra apply");
    for (const service of SERVICE_KEYS.map((key) => SERVICES[key].name)) {
      const repository = `111122223333.dkr.ecr.us-east-1.amazonaws.com/dev/${service}`;
      expect(text()).toContain(`✖ fail images: ${repository} has no image v0.1.0\n    aws ecr `);
      expect(text()).toContain(`\n    docker push ${repository}:v0.1.0`);
    }
  });

  it("are not looked up if checks are skipped", async () => {
    expect(await deployed({ preflight: false })).toBe(0);
    expect(ecr.calls()).toHaveLength(0);
  });

  it("that can't be looked up only cause a warning", async () => {
    ecr.on(BatchGetImageCommand).rejects(sdk("AccessDeniedException", "not authorized: ecr:BatchGetImage"));
    expect(await deployed()).toBe(0);
    expect(text()).toContain("▲ warn images: could not check: not authorized: ecr:BatchGetImage\n");
    expect(terraform.calls().at(-1)).toBe("app apply");
  });
});

describe("a stack that fails", () => {
  it("ends the deploy with Terraform's error", async () => {
    terraform.answer({ ...FIRST_DEPLOY, apply: failing(VPC, "VpcLimitExceeded") });
    await expect(deployed()).rejects.toMatchObject({
      message: "Applying infra failed:\n\n  network/vpc (aws_vpc): VpcLimitExceeded",
      exitCode: 1,
    });
    expect(terraform.calls().at(-1)).toBe("infra apply");
    expect(text()).not.toContain("The product");
  });

  it("is reported with the pods that did not start", async () => {
    kubernetes.answers[PODS] = { items: [waitingPod("wbot-ai-1", "ImagePullBackOff", "no such image")] };
    terraform.answer({ ...FIRST_DEPLOY, "app apply": failing(DEPLOYMENT, "Waiting for rollout to finish") });
    await expect(deployed()).rejects.toThrow(
      "Applying app failed:\n\n  ai/deployment (kubernetes_deployment_v1): Waiting for rollout to finish\n\n" +
        "What is not ready:\n\n  wbot-ai-1: ImagePullBackOff: no such image",
    );
  });

  it("while it is planned, changes nothing", async () => {
    terraform.answer({ ...FIRST_DEPLOY, plan: failing(VPC, "ThrottlingException: Rate exceeded") });
    await expect(deployed()).rejects.toThrow(
      new Error("Planning infra failed:\n\n  network/vpc (aws_vpc): ThrottlingException: Rate exceeded"),
    );
    expect(terraform.calls()).toEqual(["infra init", "infra plan"]);
  });
});

describe("a deploy that can't be verified", () => {
  it("exits with 3, and its report says what is wrong", async () => {
    const { [`${DEPLOYMENTS}/wbot-ai`]: ai } = kubernetes.answers as Record<string, any>;
    ai.status.readyReplicas = 0;
    kubernetes.answers[PODS] = { items: [waitingPod("wbot-ai-1", "CrashLoopBackOff", "back-off 40s")] };
    expect(await deployed()).toBe(3);
    expect(text()).toMatch(
      /\n✖ fail rollout wbot-ai: 0 of 1 pods are ready\n {4}wbot-ai-1: CrashLoopBackOff/,
    );
    expect(text()).toMatch(/\nverification +0\.1 s {2}\d passed, 1 warned, [1-9] failed\n/);
    expect(text()).toContain("The product    https://dev.chat.example.com");
  });

  const MAINTENANCE = loadEnvironment("dev", {
    overrides: {
      account: "111122223333",
      traffic: { maintenance: { enabled: true } },
      ...perService(() => TAGGED),
    },
  });
  const closed = (_: Target, path: string) =>
    Promise.resolve(path === "/health" ? answer(200) : answer(503, true));

  it("is not one that put up the maintenance page", async () => {
    jest.mocked(get).mockImplementation(closed);
    expect(await deploy(new Session(MAINTENANCE), OPTIONS)).toBe(0);
    expect(text()).toContain("✔ pass GET /health: answered 200 in 12 ms [");
    expect(text()).toContain("✔ pass GET /: answered 503 in 12 ms, the maintenance page [");
    expect(text()).toContain("– skip stream: the product is in maintenance (traffic.maintenance)");
  });

  it("is one that should have taken it down", async () => {
    jest.mocked(get).mockImplementation(closed);
    expect(await deployed()).toBe(3);
    expect(text()).toContain("✖ fail GET /: answered 503 in 12 ms\n");
  });

  it("is judged by /health alone where nothing gets through during maintenance", async () => {
    jest.mocked(forwarded).mockReturnValue(() => Promise.resolve(new PassThrough()));
    jest
      .mocked(get)
      .mockImplementation((_, path, { connection } = {}) =>
        connection === undefined
          ? Promise.reject(new Error("connect ETIMEDOUT"))
          : Promise.resolve(answer(path === "/health" ? 200 : 503)),
      );
    const pods = "/api/v1/namespaces/traefik/pods";
    const ready = { conditions: [{ type: "Ready", status: "True" }] };
    kubernetes.answers[pods] = { items: [{ metadata: { name: "traefik-1" }, status: ready }] };
    expect(await deploy(new Session(MAINTENANCE), OPTIONS)).toBe(3);
    expect(text()).toMatch(/✖ fail GET \/: connect ETIMEDOUT; .+ the load balancer/);
  });

  it.each([
    ["letsencrypt", true],
    ["letsencrypt-staging", false],
    ["selfsigned", false],
  ])("trusts only certificates that browsers trust: of %s (%s)", async (issuer, trusted) => {
    const overrides = { account: "111122223333", tls: { issuer }, ...perService(() => TAGGED) };
    await deploy(new Session(loadEnvironment("dev", { overrides })), OPTIONS);
    expect(jest.mocked(get).mock.calls.map(([target]) => target.trusted)).toEqual([trusted, trusted]);
  });

  it("skips requests if there is no load balancer", async () => {
    elb.on(DescribeLoadBalancersCommand).rejects(sdk("LoadBalancerNotFoundException"));
    expect(await deployed()).toBe(0);
    expect(text()).toContain("– skip requests: there is no load balancer: deploy infra first");
    expect(text()).not.toContain("Load balancer");
    expect(get).not.toHaveBeenCalled();
  });

  it.each([
    ["is not there", CERTIFICATE, 404, "certificate: could not check: Kubernetes says 404"],
    ["is refused", `${DEPLOYMENTS}/wbot-ai`, 403, "rollout wbot-ai: could not check: Kubernetes says 403"],
  ])("also ends with 3 where what is looked at %s", async (_, path, status, why) => {
    kubernetes.answers[path] = status;
    expect(await deployed()).toBe(3);
    expect(text()).toContain(`✖ fail ${why}`);
    expect(text()).toContain("The product    https://dev.chat.example.com");
  });

  it("also ends with 3 where AWS does not answer", async () => {
    eks.on(DescribeClusterCommand).rejects(DROPPED);
    elb.on(DescribeLoadBalancersCommand).rejects(DROPPED);
    expect(await deployed()).toBe(3);
    expect(text()).toContain("✖ fail the product: could not check: AWS can't be reached (ECONNRESET)");
    expect(text()).toContain("The product  https://dev.chat.example.com");
  });
});

it("creates nothing that the cluster has already and that isn't this project's", async () => {
  const after = { metadata: [{ name: "wbot-ai", namespace: "wbot" }] };
  const created = resource(DEPLOYMENT, ["create"], null, after);
  terraform.answer({ ...FIRST_DEPLOY, "app show": print({ resource_changes: [created] }) });
  kubernetes.answers["/apis/apps/v1"] = {
    kind: "APIResourceList",
    resources: [{ name: "deployments", kind: "Deployment", namespaced: true }],
  };
  await expect(deployed({ stacks: ["app"] })).rejects.toThrow("\n  deployment wbot-ai -n wbot\n");
  expect(terraform.calls()).not.toContain("app apply");
});

it("shows an update's risk and differences, as diff does", async () => {
  terraform.answer({ ...FIRST_DEPLOY, "infra show": print({}), "app show": changing("update", DEPLOYMENT) });
  await deployed();
  expect(text()).toContain(
    `\n  ~ ai/deployment  kubernetes_deployment_v1: updated\n      ${riskOf("kubernetes_deployment_v1", "update")[1]}\n      name: "a" → "b"\n`,
  );
  expect(text()).toMatch(/\napp +0\.1 s {2}1 updated\n/);
});
