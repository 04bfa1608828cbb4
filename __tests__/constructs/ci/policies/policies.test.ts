import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { policiesOf, rolesOf } from "../../../../constructs/ci/ci-roles";
import { POLICY_CHARACTERS, type Policy, type Statement } from "../../../../constructs/ci/policies/policy";
import { COMMAND_READS, READS } from "../../../../constructs/ci/policies/reads";
import { SERVICE_KEYS, SERVICES } from "../../../../environments/services";
import { BOTH_ELSEWHERE, WITH_EVERY_TYPE } from "../../../shapes";
import { synth, target } from "../../../synth";
import { CI, fits, govScope, scope } from "../scope";

const COMMANDS = join(__dirname, "../../../../commands");
const ZONE = "Z0000000000EXAMPLE";
const COPIES = ["ap-southeast-2", "eu-central-1", "eu-west-1", "us-east-2", "us-west-2"];
const BUDGET = { budget: { monthlyUsd: 500 } };
const prod = scope({ domain: { hostedZoneId: ZONE }, ...BUDGET });
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:111122223333:${resource}`;
const BOUNDARY = "arn:aws:iam::111122223333:policy/wbot-prod-boundary";

const documents = (from = prod) =>
  new Map(policiesOf(from).map(({ arn: own, document }) => [own.split("/")[1] ?? "", document]));
const documentOf = (name: string, from = prod): Policy => {
  const found = documents(from).get(`wbot-prod-${name}`);
  if (!found) throw new Error(`no policy ${name}`);
  return found;
};
const statement = (name: string, sid: string, from = prod): Statement => {
  const found = documentOf(name, from).Statement.find(({ Sid }) => Sid === sid);
  if (!found) throw new Error(`no statement ${sid} in ${name}`);
  return found;
};
const allowed = (policies: readonly Policy[]) =>
  policies.flatMap(({ Statement }) => Statement).filter(({ Effect }) => Effect === "Allow");
/** What a role is given. */
const given = (role: "plan" | "deploy") => {
  const { policies = [] } = rolesOf(prod).find((each) => each.arn.endsWith(`-ci-${role}`)) ?? {};
  return policies.map((each) => documentOf(each.replace(/^.*\/wbot-prod-/, "")));
};
const actions = (statements: readonly Statement[]) => statements.flatMap(({ Action = [] }) => Action);

describe("interface endpoints", () => {
  const names = (from = prod) =>
    [...documents(from)].filter(([, document]) =>
      actions(allowed([document])).includes("route53:AssociateVPCWithHostedZone"),
    );

  it("may be named by a deploy, within its boundary, and only where there are any", () => {
    expect(names()).toEqual([]);
    const from = scope({ network: { endpoints: ["sts"] } });
    expect(
      names(from)
        .map(([name]) => name.replace("wbot-prod-", ""))
        .sort(),
    ).toEqual(["ci-boundary", "ci-network"]);
  });
});

describe("a plan", () => {
  const types = new Set(
    WITH_EVERY_TYPE.map(([name, overrides]) => synth(name, overrides))
      .flatMap(({ infra, app }) => [...infra.all, ...app.all])
      .map(({ type }) => type)
      .filter((type) => /^(data\.)?aws_/.test(type)),
  );

  it.each([...types].sort())("may read what %s is refreshed by", (type) => {
    const reads = READS[type];
    if (reads === undefined)
      throw new Error(`${type} is new: put what Terraform reads of it into constructs/ci/policies/reads.ts`);
    expect(actions(allowed(given("plan")))).toEqual(expect.arrayContaining([...reads]));
  });

  it("reads nothing that no stack has", () => {
    expect(Object.keys(READS).filter((type) => !types.has(type))).toEqual([]);
  });

  it("has every read in one statement, with resources that its service has", () => {
    const all = [...new Set([...Object.values(READS).flat(), ...COMMAND_READS])];
    const statements = allowed(given("plan"));
    // The bucket of the states has statements of its own.
    const twice = ["s3:GetBucketVersioning", "s3:ListBucket"];
    for (const action of all.filter((each) => ![...twice, "secretsmanager:DescribeSecret"].includes(each)))
      expect([action, statements.filter(({ Action }) => Action?.includes(action)).length]).toEqual([
        action,
        1,
      ]);
  });

  it("may do what preflight looks up about an existing network", () => {
    const reading = actions(allowed(given("plan")));
    for (const what of ["DhcpOptions", "RouteTables", "Subnets", "VpcAttribute", "VpcEndpoints", "Vpcs"])
      expect(reading).toContain(`ec2:Describe${what}`);
  });

  it("reads no more for the commands than they call", () => {
    const called = readdirSync(COMMANDS, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(join(COMMANDS, file), "utf8"))
      .join("\n");
    const calls = (action: string) => new RegExp(`\\b(${action}Command|paginate${action})\\b`).test(called);
    expect(COMMAND_READS.filter((action) => !calls(action.replace(/^.*:/, "")))).toEqual([]);
  });

  it("may do what the nightly checks of versions do", () => {
    const reading = actions(allowed(given("plan")));
    for (const action of [
      "ec2:DescribeImages",
      "eks:DescribeAddon",
      "eks:DescribeAddonVersions",
      "eks:DescribeCluster",
      "eks:DescribeNodegroup",
      "eks:ListNodegroups",
    ])
      expect(reading).toContain(action);
  });

  it("changes nothing", () => {
    const changing = actions(allowed(given("plan"))).filter(
      (action) => !/^[a-z0-9-]+:(Describe|Get|List|View|BatchGet)/.test(action),
    );
    // Decrypting the state is reading it.
    expect(changing).toEqual(["kms:Decrypt"]);
  });

  it("reads no bucket, image, log or function's data but the state of its environment", () => {
    const reading = actions(allowed(given("plan")));
    for (const action of [
      "logs:GetLogEvents",
      "ecr:GetAuthorizationToken",
      "ecr:GetDownloadUrlForLayer",
      "ec2:GetConsoleOutput",
    ])
      expect(reading).not.toContain(action);
    expect(statement("ci-data", "ReadState")).toMatchObject({
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::wbot-state/wbot/prod/*"],
    });
    expect(reading.filter((action) => action === "s3:GetObject")).toHaveLength(1);
  });

  it("decrypts by S3 only, and only this bucket", () => {
    expect(statement("ci-data", "DecryptState").Condition).toEqual({
      StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" },
      StringLike: {
        "kms:EncryptionContext:aws:s3:arn": [
          "arn:aws:s3:::wbot-state",
          "arn:aws:s3:::wbot-state/wbot/prod/*",
        ],
      },
    });
  });

  it("reads the zones of the hosts, and asks for none where there are none", () => {
    expect(statement("ci-data", "Zones").Resource).toEqual([`arn:aws:route53:::hostedzone/${ZONE}`]);
    expect(documentOf("ci-data", scope()).Statement.map(({ Sid }) => Sid)).not.toContain("Zones");
  });
});

describe("images out of one repository for several environments", () => {
  const shared = (region: string, service: string) =>
    `444455556666.dkr.ecr.${region}.amazonaws.com/shared/wbot-${service}`;
  const from = scope({
    ai: { image: { repository: shared("eu-west-1", "ai") } },
    web: { image: { repository: shared("us-east-1", "web") } },
  });
  const IMAGES = {
    Sid: "Images",
    Effect: "Allow",
    Action: ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:DescribeRepositories"],
    Resource: [
      "arn:aws:ecr:eu-west-1:444455556666:repository/shared/wbot-ai",
      "arn:aws:ecr:us-east-1:444455556666:repository/shared/wbot-web",
    ],
  };

  it("may be looked for by both roles, of another account and region as well", () => {
    expect(statement("ci-data", "Images", from)).toEqual(IMAGES);
    expect(statement("ci-boundary", "Images", from)).toEqual({
      ...IMAGES,
      Action: [...IMAGES.Action, "ecr:GetDownloadUrlForLayer", "ecr:PutImage"],
    });
  });

  it("may be read, and tagged as running, by the deploy role, wherever they are", () => {
    const { Action, Resource } = statement("ci-platform", "Images", from);
    expect(Action).toEqual(["ecr:GetDownloadUrlForLayer", "ecr:PutImage"]);
    expect(Resource).toEqual(expect.arrayContaining(IMAGES.Resource));
  });

  it("may be pulled by the nodes within their boundary, with all that AWS's policy for it allows", () => {
    const pullOnly = [
      "ecr:BatchGetImage",
      "ecr:BatchImportUpstreamImage",
      "ecr:GetAuthorizationToken",
      "ecr:GetDownloadUrlForLayer",
    ];
    const { infra } = synth("prod", CI);
    const attached = infra.of("aws_iam_role_policy_attachment").map(({ body }) => String(body["policy_arn"]));
    expect(attached).toContain("arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly");
    expect(statement("boundary", "ThisRegion").Action).toEqual(expect.arrayContaining(pullOnly));
    expect(statement("boundary", "ImagesElsewhere", from)).toMatchObject({
      Action: expect.arrayContaining(pullOnly) as string[],
      Condition: { StringEquals: { "aws:RequestedRegion": ["eu-west-1"] } },
    });
  });

  it("are named once where both services share one", () => {
    const image = { repository: shared("us-east-1", "ai") };
    expect(statement("ci-data", "Images", scope({ ai: { image }, web: { image } })).Resource).toHaveLength(1);
  });

  it.each([
    ["no repository", prod],
    ["another registry", scope({ ai: { image: { repository: "ghcr.io/example/wbot-ai" } } })],
  ])("ask for nothing with %s", (_, other) => {
    const sids = ["ci-data", "ci-boundary", "boundary"].flatMap((name) =>
      documentOf(name, other).Statement.map(({ Sid }) => Sid),
    );
    expect(sids.filter((sid) => sid.startsWith("Images"))).toEqual([]);
  });
});

describe("the app secret", () => {
  const SECRET = [arn("secretsmanager", "secret:wbot/prod/app-??????")];

  it("is denied to both roles, whatever else is attached to them", () => {
    expect(statement("ci-data", "NeverTheAppSecret")).toEqual({
      Sid: "NeverTheAppSecret",
      Effect: "Deny",
      Action: ["secretsmanager:GetSecretValue"],
      Resource: SECRET,
    });
    expect(statement("ci-boundary", "NotTheAppSecret")).toEqual({
      Sid: "NotTheAppSecret",
      Effect: "Deny",
      NotAction: ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
      Resource: SECRET,
    });
    for (const { policies } of rolesOf(prod)) expect(policies.join()).toContain("wbot-prod-ci-data");
  });

  it("is allowed to the roles of the stacks that read secrets, and to no other", () => {
    const { infra } = synth("prod", { ...CI, ...BOTH_ELSEWHERE });
    const readers = infra.of("aws_iam_role_policy").flatMap(({ body }) => {
      const statements = target(infra, body["policy"]).body["statement"] as { actions: string[] }[];
      const reads = statements.some((each) => each.actions.includes("secretsmanager:GetSecretValue"));
      return reads ? [String(target(infra, body["role"]).body["name"])] : [];
    });
    expect(readers).toContain("wbot-prod-external-secrets-role");
    const among = statement("boundary", "OwnSecrets").Condition?.["ArnEquals"]?.["aws:PrincipalArn"];
    expect(among).toHaveLength(3);
    expect(among).toEqual(
      expect.arrayContaining(readers.map((name) => `arn:aws:iam::111122223333:role/${name}`)),
    );
    expect(
      allowed([documentOf("boundary")]).filter(({ Action = [] }) => Action.join().includes("secretsmanager")),
    ).toHaveLength(1);
  });
});

describe("a deploy", () => {
  it("gives a role rights only within the boundary of the stacks", () => {
    const giving = /^iam:(CreateRole|PutRolePolicy|AttachRolePolicy|PutRolePermissionsBoundary)$/;
    const giver = allowed(given("deploy")).filter(({ Action = [] }) =>
      Action.some((each) => giving.test(each)),
    );
    expect(giver).toEqual([
      {
        Sid: "WithinTheBoundary",
        Effect: "Allow",
        Action: [
          "iam:AttachRolePolicy",
          "iam:CreateRole",
          "iam:PutRolePermissionsBoundary",
          "iam:PutRolePolicy",
        ],
        Resource: ["arn:aws:iam::111122223333:role/wbot-prod-*"],
        Condition: { StringEquals: { "iam:PermissionsBoundary": BOUNDARY } },
      },
    ]);
    expect(statement("ci-boundary", "NoRoleOutsideItsBoundary")).toMatchObject({
      Effect: "Deny",
      Resource: ["*"],
      Condition: { StringNotEquals: { "iam:PermissionsBoundary": BOUNDARY } },
    });
    expect(statement("ci-boundary", "BoundariesStay")).toMatchObject({
      Effect: "Deny",
      Action: ["iam:DeleteRolePermissionsBoundary"],
      Resource: ["*"],
    });
  });

  it("can't change the roles, policies, boundaries and provider of CI", () => {
    expect(statement("ci-boundary", "NotItself")).toEqual({
      Sid: "NotItself",
      Effect: "Deny",
      NotAction: ["iam:Get*", "iam:List*"],
      Resource: [
        "arn:aws:iam::111122223333:role/wbot-prod-ci-*",
        "arn:aws:iam::111122223333:policy/wbot-prod-ci-*",
        BOUNDARY,
        "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
      ],
    });
    for (const { boundary } of rolesOf(prod))
      expect(boundary).toBe("arn:aws:iam::111122223333:policy/wbot-prod-ci-boundary");
  });

  it("hands the stacks' roles to the services that they are for only", () => {
    const { infra } = synth("prod", { ...CI, domain: { hostedZoneId: ZONE } });
    const trusted = infra
      .of("data.aws_iam_policy_document")
      .flatMap(({ body }) => body["statement"] as { principals?: any[]; actions: string[] }[])
      .filter(({ actions: all }) => all.includes("sts:AssumeRole"))
      .flatMap(({ principals = [] }) => principals.flatMap(({ identifiers }) => identifiers as string[]));
    expect(statement("ci-roles", "PassRoles")).toEqual({
      Sid: "PassRoles",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: ["arn:aws:iam::111122223333:role/wbot-prod-*"],
      Condition: { StringEquals: { "iam:PassedToService": [...new Set(trusted)].sort() } },
    });
  });

  it("has only the services that the stacks use create their service-linked roles", () => {
    const { Resource, Condition } = statement("ci-roles", "ServiceRoles");
    expect(Resource).toEqual(["arn:aws:iam::111122223333:role/aws-service-role/*"]);
    const names = ["autoscaling", "eks-nodegroup", "eks", "elasticache", "elasticloadbalancing", "spot"];
    expect(Condition).toEqual({
      StringEquals: { "iam:AWSServiceName": names.map((name) => `${name}.amazonaws.com`) },
    });
  });

  it("sees those roles, without which EKS creates no node group", () => {
    const { Action, Resource, Condition } = statement("ci-roles", "LookAtServiceRoles");
    expect([Action, Resource, Condition]).toEqual([
      ["iam:GetRole"],
      ["arn:aws:iam::111122223333:role/aws-service-role/*"],
      undefined,
    ]);
  });

  it("has no right that the boundary takes away", () => {
    const most = actions(allowed([documentOf("ci-boundary")]));
    const within = (action: string) =>
      most.includes(action) || most.includes(`${action.split(":")[0] ?? ""}:*`);
    expect(actions(allowed([...given("deploy"), ...given("plan")])).filter((each) => !within(each))).toEqual(
      [],
    );
  });

  it("keeps off an environment whose name begins with this one's, but in lists", () => {
    const { NotAction, ...denied } = statement("ci-boundary", "NotItsNamesakes");
    expect(denied).toEqual({
      Sid: "NotItsNamesakes",
      Effect: "Deny",
      Resource: [
        "arn:aws:iam::111122223333:role/wbot-prod-west-*",
        arn("lambda", "function:wbot-prod-west-*"),
        arn("elasticache", "*:wbot-prod-west"),
        arn("elasticache", "*:wbot-prod-west-*"),
        arn("cloudwatch", "alarm:wbot-prod-west-*"),
        arn("events", "rule/wbot-prod-west-*"),
        arn("logs", "log-group:/aws/lambda/wbot-prod-west-*"),
        "arn:aws:budgets::111122223333:budget/wbot-prod-west-*",
      ],
    });
    expect(NotAction?.filter((action) => !/:(Describe|Get|List|View)\*$/.test(action))).toEqual([]);
  });

  it("changes nothing by a pattern that another environment's name fits, but what is denied of it", () => {
    const denied = statement("ci-boundary", "NotItsNamesakes").Resource ?? [];
    const patterns = allowed([...given("deploy"), ...given("plan")])
      .flatMap(({ Resource = [] }) => Resource)
      .filter((resource) => /[:/]wbot-prod(-\*)?$/.test(resource));
    // There is one of each of these, with exactly that name.
    const one = /:(cluster|alias)\/wbot-prod$/;
    const namesakes = patterns
      .filter((resource) => !one.test(resource))
      .map((resource) => resource.replace("wbot-prod", "wbot-prod-west"));
    expect([...new Set(namesakes)].sort()).toEqual([...denied].sort());
  });

  it("creates Redis only from the environment's own snapshots, and from that of redis.restoreFrom", () => {
    const snapshots = (restoreFrom?: string) => {
      const from = scope(restoreFrom === undefined ? {} : { redis: { kind: "elasticache", restoreFrom } });
      return allowed([documentOf("ci-platform", from)])
        .filter(({ Action }) => Action?.includes("elasticache:CreateReplicationGroup"))
        .flatMap(({ Resource = [] }) => Resource);
    };
    const own = [arn("elasticache", "*:wbot-prod"), arn("elasticache", "*:wbot-prod-*")];
    expect(snapshots()).toEqual(own);
    expect(snapshots("wbot-prod-to-restore")).toEqual(own);
    expect(snapshots("taken-elsewhere")).toEqual([...own, arn("elasticache", "snapshot:taken-elsewhere")]);
  });

  it("tags the log bucket, and no other, by S3's older and newer calls", () => {
    const tagging = ["s3:PutBucketTagging", "s3:TagResource", "s3:UntagResource"];
    const { Action, Resource } = statement("ci-services", "LogBucket");
    expect(Action).toEqual(expect.arrayContaining(tagging));
    expect(Resource).toContain("arn:aws:s3:::wbot-prod-logs-111122223333");
    expect(READS["aws_s3_bucket"]).toEqual(
      expect.arrayContaining(["s3:GetBucketTagging", "s3:ListTagsForResource"]),
    );
    expect(actions(allowed(given("deploy"))).filter((each) => tagging.includes(each))).toHaveLength(3);
  });

  it("changes records of the product's hosts only, and no other type", () => {
    expect(statement("ci-network", "Records")).toMatchObject({
      Resource: [`arn:aws:route53:::hostedzone/${ZONE}`],
      Condition: {
        "ForAllValues:StringEquals": {
          "route53:ChangeResourceRecordSetsRecordTypes": ["A"],
          "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["chat.example.com"],
        },
      },
    });
  });

  it("may do what a load balancer with security groups looks up with the caller's permissions", () => {
    const looking = actions(allowed(given("deploy")));
    for (const what of ["DescribeAccountAttributes", "GetSecurityGroupsForVpc"])
      expect(looking).toContain(`ec2:${what}`);
  });

  it("writes the state and the lock of its environment, and no other object", () => {
    const writing = allowed(given("deploy")).filter(({ Action = [] }) => Action.includes("s3:PutObject"));
    expect(writing).toEqual([
      {
        Sid: "State",
        Effect: "Allow",
        Action: ["s3:DeleteObject", "s3:PutObject"],
        Resource: ["arn:aws:s3:::wbot-state/wbot/prod/*"],
      },
    ]);
  });

  it("tags in EC2 what it makes itself, what is tagged as this environment's, and EKS's group, which nobody tags", () => {
    const tagging = allowed(given("deploy")).filter(({ Action = [] }) => Action.includes("ec2:CreateTags"));
    expect(tagging.map(({ Resource, Condition }) => [Resource, Condition])).toEqual([
      [[arn("ec2", "security-group/*"), arn("ec2", "security-group-rule/*")], undefined],
      [["*"], { StringEquals: { "aws:ResourceTag/Project": "wbot", "aws:ResourceTag/Environment": "prod" } }],
      [[arn("ec2", "*/*")], { Null: { "ec2:CreateAction": "false" } }],
    ]);
  });

  it("changes only its own endpoints and rules of groups, in an existing network's subnets and for AWS's prefix lists", () => {
    const whom = {
      StringEquals: { "aws:ResourceTag/Project": "wbot", "aws:ResourceTag/Environment": "prod" },
    };
    const theirs = ["arn:aws:ec2:us-east-1:*:prefix-list/*", "arn:aws:ec2:us-east-1:*:subnet/*"];
    const on = (action: string) =>
      allowed(given("deploy"))
        .filter(({ Action }) => Action?.includes(action))
        .map(({ Resource, Condition }) => [Resource, Condition]);
    expect(on("ec2:ModifyVpcEndpoint")).toEqual([
      [["*"], whom],
      [theirs, undefined],
    ]);
    expect(on("ec2:ModifySecurityGroupRules")).toEqual([
      [[arn("ec2", "security-group/*"), arn("ec2", "security-group-rule/*")], undefined],
      [theirs, undefined],
    ]);
  });

  it("changes on any resource only what AWS narrows by a condition, or not at all", () => {
    const everywhere = allowed(given("deploy"))
      .filter(({ Resource, Condition }) => Resource?.includes("*") && Condition === undefined)
      .map(({ Sid }) => Sid);
    expect(everywhere).toEqual(["Nameless", "Look", "Unsubscribe"]);
  });
});

it("lets a deploy create every bucket of the stacks: a new one goes into deploy-services.ts and read.ts", () => {
  const creates = allowed(given("deploy")).filter(({ Action = [] }) => fits("s3:CreateBucket", Action));
  const { infra } = synth("prod", { ...CI, observability: { logs: { kind: "loki" } } });
  const buckets = infra.of("aws_s3_bucket").map(({ body }) => `arn:aws:s3:::${String(body["bucket"])}`);
  expect(buckets.length).toBeGreaterThan(0);
  expect(buckets.filter((bucket) => !creates.some(({ Resource = [] }) => fits(bucket, Resource)))).toEqual(
    [],
  );
});

describe("every role that the stacks make", () => {
  const { infra } = synth("prod", { ...CI, domain: { hostedZoneId: ZONE } });

  it("may do within its boundary, in stack-boundary.ts, what its own policies say", () => {
    const most = allowed([documentOf("boundary")]);
    const within = (action: string, resource: string) =>
      most.some(
        ({ Action = [], Resource = [] }) =>
          fits(action, Action) && (resource.includes("${") || fits(resource, Resource)),
      );
    const own = infra
      .of("aws_iam_role_policy")
      .flatMap(({ body }) => {
        return target(infra, body["policy"]).body["statement"] as {
          actions: string[];
          resources: string[];
        }[];
      })
      .flatMap((each) => each.actions.flatMap((action) => each.resources.map((on) => [action, on] as const)));
    expect(own.length).toBeGreaterThan(10);
    expect(own.filter(([action, on]) => !within(action, on))).toEqual([]);
  });

  it("may do nothing in IAM, assume no other role, and read no state", () => {
    const services = actions(allowed([documentOf("boundary")])).map((action) => action.split(":")[0]);
    for (const service of ["iam", "sts"]) expect(services).not.toContain(service);
    const buckets = allowed([documentOf("boundary")]).filter(({ Action = [] }) =>
      Action.some((each) => each.startsWith("s3:")),
    );
    const logs = "arn:aws:s3:::wbot-prod-logs-111122223333";
    expect(buckets.flatMap(({ Resource }) => Resource)).toEqual([logs, `${logs}/*`]);
  });

  it("commands no instance and reads no parameter through Systems Manager, which nodes may register with", () => {
    const registering = actions(allowed([documentOf("boundary", scope({ nodes: { ssm: true } }))])).filter(
      (action) => /^(ssm|ssmmessages|ec2messages):/.test(action),
    );
    expect(registering).toContain("ssm:UpdateInstanceInformation");
    expect(registering.filter((action) => /\*|:(Send|Start|Resume)|Parameter/.test(action))).toEqual([
      "ec2messages:SendReply",
    ]);
  });

  it("creates no load balancer, security group, rule or route: Terraform does", () => {
    const most = actions(allowed([documentOf("boundary")]));
    expect(most.filter((action) => /^ec2:.*(SecurityGroup|Route|InstanceAttribute)/.test(action))).toEqual(
      [],
    );
    expect(most.filter((action) => action.startsWith("elasticloadbalancing:"))).toEqual([
      "elasticloadbalancing:Describe*",
      "elasticloadbalancing:DeregisterTargets",
      "elasticloadbalancing:RegisterTargets",
    ]);
    const prefixes = infra.of("aws_lb_target_group").map(({ body }) => String(body["name_prefix"]));
    expect(prefixes.filter((prefix) => !prefix.startsWith("wb"))).toEqual([]);
    expect(statement("boundary", "Register").Resource).toEqual([
      arn("elasticloadbalancing", "targetgroup/wb*"),
    ]);
  });

  it("writes its environment's metrics and logs, and resizes its cluster's groups, as the roles themselves say", () => {
    const own = infra
      .of("aws_iam_role_policy")
      .flatMap(({ body }) => target(infra, body["policy"]).body["statement"] as { sid: string }[]);
    const conditions = (sid: string) =>
      own.filter((each) => each.sid === sid).map((each) => Reflect.get(each, "condition") as unknown);
    for (const [sid, bounded] of [
      ["WriteMetric", "OwnMetrics"],
      ["Resize", "Resize"],
    ] as const) {
      const [[variable, value] = []] = Object.entries(
        statement("boundary", bounded).Condition?.["StringEquals"] ?? {},
      );
      expect(conditions(sid).length).toBeGreaterThan(0);
      for (const each of conditions(sid))
        expect(each).toEqual([{ test: "StringEquals", variable, values: [value] }]);
    }
    const patterns = (statement("boundary", "OwnLogGroups").Resource ?? []).map((pattern) =>
      pattern.replace(/^.*:log-group:/, "").replace(/\*$/, ""),
    );
    const groups = synth("prod", { ...CI, observability: { logs: { kind: "cloudwatch" } } })
      .infra.of("aws_cloudwatch_log_group")
      .map(({ body }) => String(body["name"]));
    expect(groups).toContain("/aws/eks/wbot-prod/pods");
    expect(groups.filter((name) => !patterns.some((pattern) => name.startsWith(pattern)))).toEqual([]);
  });

  it("works in its region, and with keys for its logs and its alarms only", () => {
    const logs = "arn:aws:s3:::wbot-prod-logs-111122223333";
    const conditions = ["ThisRegion", "LogsKey", "AlertsEncrypted"].map(
      (sid) => statement("boundary", sid).Condition,
    );
    expect(conditions).toEqual([
      { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
      { StringLike: { "kms:EncryptionContext:aws:s3:arn": [logs, `${logs}/*`] } },
      { StringEquals: { "kms:ViaService": "sns.us-east-1.amazonaws.com" } },
    ]);
  });
});

describe.each([
  ["aws", prod],
  [
    "aws, with images in many regions and another account",
    scope({
      ...BUDGET,
      registry: { namespace: "acme/wbot", copies: COPIES },
      ai: { image: { repository: `444455556666.dkr.ecr.us-east-1.amazonaws.com/acme/wbot-ai` } },
      web: { image: { repository: `444455556666.dkr.ecr.us-east-1.amazonaws.com/acme/wbot-web` } },
    }),
  ],
  [
    "aws-us-gov, with long names and many zones",
    govScope({
      ci: { repository: `${"o".repeat(39)}/${"n".repeat(100)}`, runner: "wbot" },
      state: { kind: "s3", bucket: "b".repeat(63), region: "us-gov-east-1" },
      registry: { namespace: "a-rather-long-namespace/of-images" },
      ai: { image: { repository: `444455556666.dkr.ecr.us-gov-east-1.amazonaws.com/${"a".repeat(200)}` } },
      web: { image: { repository: `444455556666.dkr.ecr.us-gov-east-1.amazonaws.com/${"b".repeat(200)}` } },
      domain: {
        hostedZoneId: ZONE,
        others: Array.from({ length: 20 }, (_, n) => ({
          host: `host-${n}.product.example.org`,
          hostedZoneId: `Z00000000000000000${n}`,
        })),
      },
    }),
  ],
])("in %s", (_, from) => {
  it.each(policiesOf(from).map(({ arn: own, document }) => [own.split("/")[1], document] as const))(
    "%s is as long as IAM takes",
    (__, document) => {
      expect(JSON.stringify(document).length).toBeLessThanOrEqual(POLICY_CHARACTERS);
    },
  );

  it("names the partition in every ARN", () => {
    const text = JSON.stringify([policiesOf(from), rolesOf(from)]);
    const partitions = [...text.matchAll(/arn:([a-z-]+):/g)].map((match) => match[1]);
    expect(new Set(partitions)).toEqual(new Set([from.partition]));
  });

  it("allows no action in IAM by a wildcard, and no action of every service", () => {
    const all = actions(allowed(policiesOf(from).map(({ document }) => document)));
    expect(all.filter((action) => action.startsWith("iam:") && action.includes("*"))).toEqual([]);
    expect(all).not.toContain("*");
    expect(
      allowed(policiesOf(from).map(({ document }) => document)).filter(({ NotAction }) => NotAction),
    ).toEqual([]);
  });

  it("has a name of its own for each statement", () => {
    for (const { document } of policiesOf(from)) {
      const sids = document.Statement.map(({ Sid }) => Sid);
      expect(new Set(sids).size).toBe(sids.length);
      expect(sids.filter((sid) => !/^[A-Za-z0-9]+$/.test(sid))).toEqual([]);
    }
  });

  it("gives a role no more policies than IAM takes", () => {
    for (const { policies } of rolesOf(from)) expect(policies.length).toBeLessThanOrEqual(10);
  });
});

it("refuses settings that make a policy longer than IAM takes, before any is created", () => {
  const from = scope({ registry: { namespace: "n".repeat(200), copies: COPIES } });
  expect(() => policiesOf(from)).toThrow(
    /^The environment "prod" needs a policy wbot-prod-ci-platform of \d+ characters, and IAM takes 6144: shorten registry\.namespace /,
  );
});

it("may manage the image repositories in each region that has them, and nothing else there", () => {
  const further = scope({ registry: { copies: ["us-west-2"] } });
  const west = (from: typeof prod) =>
    policiesOf(from)
      .flatMap(({ document }) => document.Statement.flatMap(({ Resource = [] }) => Resource))
      .filter((resource) => resource.includes(":us-west-2:"));
  expect(west(prod)).toEqual([]);
  expect([...new Set(west(further))].sort()).toEqual(
    SERVICE_KEYS.map((key) => `arn:aws:ecr:us-west-2:111122223333:repository/${SERVICES[key].name}`).sort(),
  );
  const [regional] = documentOf("ci-boundary", further).Statement;
  expect(JSON.stringify(regional)).toContain('"us-west-2"');
});

it("grants nothing on a key by a condition that EKS doesn't pass, and tags no key that isn't this environment's", () => {
  const onKeys = allowed(given("deploy")).filter(({ Action = [] }) =>
    ["kms:CreateGrant", "kms:TagResource", "kms:ScheduleKeyDeletion"].some((action) =>
      Action.includes(action),
    ),
  );
  expect(onKeys).toHaveLength(2);
  for (const { Condition } of onKeys)
    expect(Condition).toEqual({
      StringEquals: { "aws:ResourceTag/Project": "wbot", "aws:ResourceTag/Environment": "prod" },
    });
});
