import { once } from "node:events";
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  ECRClient,
  paginateDescribeImages,
  type ImageDetail,
  type PutImageRequest,
} from "@aws-sdk/client-ecr";
import {
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  type CreateNodegroupRequest,
  type Logging,
  type NodegroupScalingConfig,
  type UpdateClusterConfigRequest,
  type UpdateNodegroupConfigRequest,
} from "@aws-sdk/client-eks";
import { sizeOf } from "../../environments/instance-types";
import { logGroup } from "../../environments/names";

interface Call {
  readonly method: string;
  readonly url: string;
  /** Path and query, apart. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** As it signs: "eks", "ec2". */
  readonly service: string;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Refuses or does what AWS would in place of the emulator; undefined for what it leaves to the emulator. */
type Rule = (call: Call) => Promise<Answer | undefined> | Answer | undefined;

export interface LifecycleRule {
  readonly rulePriority: number;
  readonly selection: {
    readonly tagStatus: "tagged" | "untagged" | "any";
    readonly tagPatternList?: readonly string[];
    readonly countType: "imageCountMoreThan" | "sinceImagePushed";
    readonly countNumber: number;
  };
}

/**
 * Stands between this project and an emulator, and refuses what AWS refuses but emulators accept. It also does what AWS
 * does by itself: EKS writes late logs, and ECR expires images.
 *
 * The rules and their sources: docs/decisions/what-aws-refuses.md.
 */
export class RefusingLayer {
  /** What it refused, in AWS's words, and what it did by itself. */
  readonly said: string[] = [];
  /** Pairs of an instance type and a zone that doesn't offer it. */
  readonly lacks: [type: string, zone: string][] = [];
  /** Patterns of image tags that may move. @default - all */
  readonly mutable: string[] = [];

  private readonly emulator: URL;
  private readonly server: Server;
  private readonly eks: EKSClient;
  private readonly ec2: EC2Client;
  private readonly ecr: ECRClient;
  private readonly logs: CloudWatchLogsClient;
  /** Scaling of node groups, and logging of clusters, that were updated: emulators don't have these calls. */
  private readonly scaling = new Map<string, NodegroupScalingConfig>();
  private readonly logging = new Map<string, Logging>();
  /** Clusters that were deleted while they still sent logs. */
  private readonly lateLogs = new Set<string>();

  constructor(emulator: string, region: string) {
    const config = { endpoint: emulator, region };
    this.emulator = new URL(emulator);
    this.eks = new EKSClient(config);
    this.ec2 = new EC2Client(config);
    this.ecr = new ECRClient(config);
    this.logs = new CloudWatchLogsClient(config);
    this.server = createServer((asked, answered) => {
      const { method = "GET", url = "/", headers } = asked;
      const [path = "/"] = url.split("?", 1);
      const service = /\/([a-z0-9-]+)\/aws4_request/.exec(headers.authorization ?? "")?.[1] ?? "";
      buffer(asked)
        .then((body) => this.answer({ method, url, path, headers, body, service }))
        .catch((error: unknown) => ({ status: 500, headers: {}, body: Buffer.from(String(error)) }))
        .then((answer) => {
          const kept = Object.entries(answer.headers).filter(([name]) => !PER_CONNECTION.has(name));
          answered.writeHead(answer.status, Object.fromEntries(kept)).end(answer.body);
        }, console.error);
    });
  }

  /** @returns Its URL, for AWS_ENDPOINT_URL */
  async listen(): Promise<string> {
    await new Promise<void>((listening) => this.server.listen(0, "127.0.0.1", listening));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  /**
   * Expires a repository's images by a lifecycle policy, as ECR does within a day. Emulators only store it.
   *
   * @returns Digests of the expired images
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
   */
  async expireImages(repositoryName: string, rules: readonly LifecycleRule[]): Promise<string[]> {
    const images: ImageDetail[] = [];
    for await (const { imageDetails = [] } of paginateDescribeImages(
      { client: this.ecr },
      { repositoryName },
    ))
      images.push(...imageDetails);
    const newestFirst = images
      .map((image, index) => ({ image, index }))
      .sort((a, b) => pushedAt(b.image) - pushedAt(a.image) || b.index - a.index)
      .map(({ image }) => image);
    const left = new Set(newestFirst);
    const expired: string[] = [];
    for (const { selection } of [...rules].sort((a, b) => a.rulePriority - b.rulePriority)) {
      const { countNumber, countType } = selection;
      const selected = newestFirst.filter((image) => isSelected(image, selection));
      const over =
        countType === "imageCountMoreThan"
          ? selected.slice(countNumber)
          : selected.filter((image) => Date.now() - pushedAt(image) > countNumber * 86_400_000);
      // An image that an earlier rule selects is never expired by a later one, but still counts there.
      expired.push(...over.filter((image) => left.has(image)).map(({ imageDigest = "" }) => imageDigest));
      for (const image of selected) left.delete(image);
    }
    if (expired.length > 0) {
      const imageIds = expired.map((imageDigest) => ({ imageDigest }));
      await this.ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
    }
    return expired;
  }

  private async answer(call: Call): Promise<Answer> {
    for (const rule of this.rules) {
      const answer = await rule(call);
      if (answer !== undefined) return answer;
    }
    return this.emulated(call);
  }

  private readonly rules: readonly Rule[] = [
    (call) =>
      restCall(
        call,
        "eks",
        "POST",
        /^\/clusters\/([^/]+)\/node-groups\/([^/]+)\/update-config$/,
        (cluster, group) => this.updateNodegroup(cluster, group, json(call) as UpdateNodegroupConfigRequest),
      ),
    (call) =>
      restCall(call, "eks", "GET", /^\/clusters\/[^/]+\/updates\/(layer-[^/]+)$/, (id) =>
        answerOf({ update: finished(id) }),
      ),
    (call) =>
      restCall(call, "eks", "GET", /^\/clusters\/([^/]+)\/node-groups\/([^/]+)$/, (cluster, group) =>
        this.describeNodegroup(call, `${cluster}/${group}`),
      ),
    (call) =>
      restCall(call, "eks", "POST", /^\/clusters\/([^/]+)\/update-config$/, (cluster) =>
        this.updateCluster(cluster, json(call) as UpdateClusterConfigRequest),
      ),
    (call) =>
      restCall(call, "eks", "POST", /^\/clusters\/[^/]+\/node-groups$/, () =>
        this.createNodegroup(json(call) as CreateNodegroupRequest),
      ),
    (call) =>
      restCall(call, "eks", "GET", /^\/clusters\/([^/]+)$/, (cluster) => this.describeCluster(call, cluster)),
    (call) =>
      restCall(call, "eks", "DELETE", /^\/clusters\/([^/]+)$/, (cluster) => this.deleteCluster(cluster)),
    (call) => (operation(call) === "PutImage" ? this.putImage(json(call) as PutImageRequest) : undefined),
    // Emulators don't have this call: an adopted log group gets its key by it.
    (call) => (operation(call) === "AssociateKmsKey" ? answerOf({}) : undefined),
    (call) => (operation(call) === "DeleteLogGroup" ? this.deleteLogGroup(call) : undefined),
    (call) =>
      operation(call) === "CreateSubnet"
        ? this.createSubnet(new URLSearchParams(call.body.toString()))
        : undefined,
    (call) =>
      /^(CreateSecurityGroup|AuthorizeSecurityGroup(In|E)gress)$/.test(operation(call) ?? "")
        ? this.describeSecurityGroup(new URLSearchParams(call.body.toString()))
        : undefined,
    (call) =>
      operation(call) === "DescribeInstanceTypeOfferings" ? this.offerings(filters(call)) : undefined,
    (call) => (operation(call) === "DescribeInstanceTypes" ? described(typesOf(call)) : undefined),
  ];

  /** @see https://docs.aws.amazon.com/eks/latest/APIReference/API_NodegroupScalingConfig.html */
  private async updateNodegroup(
    clusterName: string,
    nodegroupName: string,
    { scalingConfig }: UpdateNodegroupConfigRequest,
  ): Promise<Answer> {
    const key = `${clusterName}/${nodegroupName}`;
    const { nodegroup } = await this.eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }));
    const wanted = { ...nodegroup?.scalingConfig, ...this.scaling.get(key), ...scalingConfig };
    const { minSize = 0, desiredSize = 0, maxSize = 0 } = wanted;
    if (minSize > desiredSize)
      return this.refuse(`Minimum capacity ${minSize} can't be greater than desired size ${desiredSize}`);
    if (desiredSize > maxSize)
      return this.refuse(`Desired capacity ${desiredSize} can't be greater than max size ${maxSize}`);
    this.scaling.set(key, wanted);
    return answerOf({ update: finished(`layer-${this.scaling.size}`) });
  }

  private async describeNodegroup(call: Call, key: string): Promise<Answer | undefined> {
    const scalingConfig = this.scaling.get(key);
    return scalingConfig && this.emulatedWith(call, "nodegroup", { scalingConfig });
  }

  /** @see https://github.com/aws/containers-roadmap/issues/2258 */
  private async updateCluster(
    name: string,
    { resourcesVpcConfig, logging }: UpdateClusterConfigRequest,
  ): Promise<Answer> {
    const { cluster } = await this.eks.send(new DescribeClusterCommand({ name }));
    const has = cluster?.resourcesVpcConfig?.subnetIds ?? [];
    const zones = await Promise.all([this.zonesOf(resourcesVpcConfig?.subnetIds ?? has), this.zonesOf(has)]);
    if (zones[0] !== zones[1])
      return this.refuse(
        `Provided subnets belong to the AZs '${zones[0]}'. But they should belong to the exact set of AZs '${zones[1]}' in which subnets were provided during cluster creation.`,
      );
    if (logging !== undefined) this.logging.set(name, logging);
    return answerOf({ update: finished("layer-cluster") });
  }

  private async describeCluster(call: Call, name: string): Promise<Answer | undefined> {
    const logging = this.logging.get(name);
    return logging && this.emulatedWith(call, "cluster", { logging });
  }

  private async deleteCluster(name: string): Promise<undefined> {
    const { cluster } = await this.eks.send(new DescribeClusterCommand({ name }));
    const { clusterLogging = [] } = this.logging.get(name) ?? cluster?.logging ?? {};
    if (clusterLogging.some(({ enabled }) => enabled)) this.lateLogs.add(logGroup(name));
    this.logging.delete(name);
  }

  private async zonesOf(SubnetIds: string[]): Promise<string> {
    const { Subnets = [] } = await this.ec2.send(new DescribeSubnetsCommand({ SubnetIds }));
    return [...new Set(Subnets.map(({ AvailabilityZone }) => AvailabilityZone))].sort().join();
  }

  /** AWS takes a quarter of an hour for this answer. */
  private async createNodegroup({
    instanceTypes = [],
    subnets = [],
  }: CreateNodegroupRequest): Promise<Answer | undefined> {
    const zones = await this.zonesOf(subnets);
    const missing = this.lacks.find(([type, zone]) => instanceTypes.includes(type) && zones.includes(zone));
    if (missing === undefined) return undefined;
    const [type, zone] = missing;
    return this.refuse(
      `Your requested instance type (${type}) is not supported in your requested Availability Zone (${zone}).`,
    );
  }

  /** @see https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2763 */
  private async deleteLogGroup(call: Call): Promise<Answer> {
    const answer = await this.emulated(call);
    const { logGroupName = "" } = json(call) as { logGroupName?: string };
    if (answer.status === 200 && this.lateLogs.delete(logGroupName)) {
      await this.logs.send(new CreateLogGroupCommand({ logGroupName }));
      this.said.push(`EKS created ${logGroupName} again`);
    }
    return answer;
  }

  /** @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html */
  private async putImage({
    repositoryName,
    imageTag = "",
    imageManifest,
  }: PutImageRequest): Promise<Answer | undefined> {
    if (this.mutable.length === 0 || this.mutable.some((pattern) => fits(imageTag, pattern)))
      return undefined;
    const imageIds = [{ imageTag }];
    const { images = [] } = await this.ecr.send(new BatchGetImageCommand({ repositoryName, imageIds }));
    if (!images.some((image) => image.imageManifest !== imageManifest)) return undefined;
    return this.refuse(
      `The image tag '${imageTag}' already exists in the '${repositoryName}' repository and cannot be overwritten because the tag is immutable.`,
      "ImageTagAlreadyExistsException",
    );
  }

  private async createSubnet(query: URLSearchParams): Promise<Answer | undefined> {
    const wanted = query.get("CidrBlock") ?? "";
    const Filters = [{ Name: "vpc-id", Values: [query.get("VpcId") ?? ""] }];
    const { Subnets = [] } = await this.ec2.send(new DescribeSubnetsCommand({ Filters }));
    if (!Subnets.some(({ CidrBlock = "" }) => overlap(CidrBlock, wanted))) return undefined;
    return this.refuseByQuery("InvalidSubnet.Conflict", `The CIDR '${wanted}' conflicts with another subnet`);
  }

  /** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
  private describeSecurityGroup(query: URLSearchParams): Answer | undefined {
    const [key] =
      [...query].find(([name, text]) => /Description$/.test(name) && !DESCRIPTION_OF_EC2.test(text)) ?? [];
    if (key === undefined) return undefined;
    const what = key === "GroupDescription" ? "security group" : "rule";
    return this.refuseByQuery(
      "InvalidParameterValue",
      `Invalid ${what} description. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*`,
    );
  }

  private offerings(asked: ReadonlyMap<string, readonly string[]>): Answer {
    const items = (asked.get("instance-type") ?? []).flatMap((type) =>
      (asked.get("location") ?? [])
        .filter((zone) => !this.lacks.some(([lacking, where]) => lacking === type && where === zone))
        .map(
          (zone) =>
            `<item><instanceType>${type}</instanceType><locationType>availability-zone</locationType><location>${zone}</location></item>`,
        ),
    );
    return ec2Answer(
      "DescribeInstanceTypeOfferings",
      `<instanceTypeOfferingSet>${items.join("")}</instanceTypeOfferingSet>`,
    );
  }

  private refuse(message: string, code = "InvalidParameterException"): Answer {
    this.said.push(message);
    return answerOf({ __type: code, message }, 400, { "x-amzn-errortype": code });
  }

  /** As a query protocol refuses. */
  private refuseByQuery(code: string, message: string): Answer {
    this.said.push(message);
    return xml(
      400,
      `<Response><Errors><Error><Code>${code}</Code><Message>${message.replaceAll("&", "&amp;")}</Message></Error></Errors><RequestID>layer</RequestID></Response>`,
    );
  }

  /** The emulator's answer, with what it doesn't know. */
  private async emulatedWith(call: Call, key: string, known: object): Promise<Answer> {
    const answer = await this.emulated(call);
    if (answer.status !== 200) return answer;
    const described = JSON.parse(answer.body.toString()) as Readonly<Record<string, object>>;
    return answerOf({ ...described, [key]: { ...described[key], ...known } });
  }

  private async emulated({ method, url, headers, body }: Call): Promise<Answer> {
    const { hostname, port } = this.emulator;
    const passed = request({ hostname, port, method, path: url, headers }).end(body);
    const [response] = (await once(passed, "response")) as [IncomingMessage];
    return { status: response.statusCode ?? 500, headers: response.headers, body: await buffer(response) };
  }
}

const DESCRIPTION_OF_EC2 = /^[a-z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/i;

/** Headers that belong to one connection, not to the answer. */
const PER_CONNECTION = new Set(["connection", "keep-alive", "transfer-encoding", "content-length"]);

function restCall(
  call: Call,
  service: string,
  method: string,
  path: RegExp,
  rule: (...names: [string, string]) => ReturnType<Rule>,
): ReturnType<Rule> {
  const [matched, one = "", two = ""] = path.exec(decodeURIComponent(call.path)) ?? [];
  if (call.service !== service || call.method !== method || matched === undefined) return undefined;
  return rule(one, two);
}

/** The operation of a call in the JSON or query protocols. */
function operation({ headers, body, service }: Call): string | undefined {
  const target = headers["x-amz-target"];
  if (typeof target === "string") return target.split(".").at(-1);
  return service === "ec2" ? (new URLSearchParams(body.toString()).get("Action") ?? undefined) : undefined;
}

/** The body of a call in a JSON protocol. */
function json({ body }: Call): unknown {
  return JSON.parse(body.toString());
}

/** EC2's filters: Filter.1.Name=location, Filter.1.Value.1=us-east-1a. */
function filters({ body }: Call): Map<string, string[]> {
  const query = [...new URLSearchParams(body.toString())];
  return new Map(
    query
      .filter(([key]) => /^Filter\.\d+\.Name$/.test(key))
      .map(([key, name]) => {
        const prefix = key.replace(/Name$/, "Value.");
        return [name, query.filter(([each]) => each.startsWith(prefix)).map(([, value]) => value)];
      }),
  );
}

function answerOf(body: object, status = 200, headers: IncomingHttpHeaders = {}): Answer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

function xml(status: number, text: string): Answer {
  return { status, headers: { "content-type": "text/xml" }, body: Buffer.from(text) };
}

function ec2Answer(name: string, content: string): Answer {
  return xml(
    200,
    `<${name}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>layer</requestId>${content}</${name}Response>`,
  );
}

function finished(id: string) {
  return {
    id,
    status: "Successful",
    type: "ConfigUpdate",
    params: [],
    errors: [],
    createdAt: Date.now() / 1000,
  };
}

/** Asked for by a filter, or by name. */
function typesOf(call: Call): string[] {
  const byName = [...new URLSearchParams(call.body.toString())].filter(([key]) =>
    /^InstanceType\.\d+$/.test(key),
  );
  return filters(call).get("instance-type") ?? byName.map(([, name]) => name);
}

/** Sizes as EC2 has them; emulators invent them. */
function described(asked: readonly string[]): Answer {
  const items = asked.flatMap((type) => {
    const size = sizeOf(type);
    if (size === undefined) return [];
    const architecture = /^\w+g/.test(type) ? "arm64" : "x86_64";
    return `<item><instanceType>${type}</instanceType><hypervisor>nitro</hypervisor><ebsInfo></ebsInfo><placementGroupInfo></placementGroupInfo><processorInfo><supportedArchitectures><item>${architecture}</item></supportedArchitectures></processorInfo><vCpuInfo><defaultVCpus>${size.cpu / 1000}</defaultVCpus></vCpuInfo><memoryInfo><sizeInMiB>${size.memory}</sizeInMiB></memoryInfo><networkInfo><maximumNetworkInterfaces>3</maximumNetworkInterfaces><ipv4AddressesPerInterface>12</ipv4AddressesPerInterface></networkInfo></item>`;
  });
  return ec2Answer("DescribeInstanceTypes", `<instanceTypeSet>${items.join("")}</instanceTypeSet>`);
}

function pushedAt({ imagePushedAt }: ImageDetail): number {
  return imagePushedAt?.getTime() ?? 0;
}

function isSelected(
  { imageTags = [] }: ImageDetail,
  { tagStatus, tagPatternList = [] }: LifecycleRule["selection"],
): boolean {
  if (tagStatus === "any") return true;
  if (tagStatus === "untagged") return imageTags.length === 0;
  return tagPatternList.every((pattern) => imageTags.some((tag) => fits(tag, pattern)));
}

/** Patterns here end in the only "*". */
function fits(tag: string, pattern: string): boolean {
  return tag.startsWith(pattern.replace(/\*$/, ""));
}

/** Whether two IPv4 ranges overlap. */
function overlap(one: string, other: string): boolean {
  const range = (cidr: string): [number, number] => {
    const [address = "", bits = "32"] = cidr.split("/");
    const first = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    return [first, first + 2 ** (32 - Number(bits)) - 1];
  };
  const [[a, b], [c, d]] = [range(one), range(other)];
  return a <= d && c <= b;
}
