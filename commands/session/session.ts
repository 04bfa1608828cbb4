import type { Cluster } from "@aws-sdk/client-eks";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Environment } from "../../environments";
import { missingCluster } from "../../environments/hints";
import { namesOf, type Names } from "../../environments/names";
import { clientConfig, unlessMissing } from "../cli/aws";
import { CommandError } from "../cli/exit-codes";
import { chosenEnvironment, commandLine, type CommonOptions } from "../cli/options";
import type { StackFolders } from "../terraform/stack-folder";

interface Identity {
  readonly account: string;
  readonly arn: string;
}

/** What does not depend on the settings: shared by all sessions of an environment. */
interface Found {
  readonly clients: Map<string, object>;
  identity?: Promise<Identity>;
  cluster?: Promise<Cluster | undefined>;
  kubernetes?: KubeConfig;
}

/**
 * One run of a command on one environment, which caches what its parts look up. Every command loads this file, so slow
 * modules are imported where they are needed.
 */
export class Session {
  readonly names: Names;
  readonly #found: Found;
  readonly #outdir: string | undefined;
  readonly #answers = new Map<unknown, unknown>();
  #stacks: StackFolders | undefined;

  /** @param outdir Where stacks are written. By default the same folder as cdktf's. */
  constructor(
    readonly environment: Environment,
    outdir?: string,
    found: Found = { clients: new Map() },
  ) {
    this.names = namesOf(environment);
    this.#outdir = outdir;
    this.#found = found;
  }

  /** The session for other settings of the environment, such as pinned images; this one if they are the same. */
  of(environment: Environment): Session {
    return environment === this.environment ? this : new Session(environment, this.#outdir, this.#found);
  }

  /** An SDK client: one per kind and region, which share connections and resolved credentials. */
  readonly client = <C extends object>(
    Client: new (config: ReturnType<typeof clientConfig>) => C,
    region = this.environment.region,
  ): C => {
    const { clients } = this.#found;
    const key = `${Client.name} ${region}`;
    const client = clients.get(key) ?? new Client(clientConfig(region));
    clients.set(key, client);
    return client as C;
  };

  /** Caches a lookup that several parts of a command need and that doesn't change while it runs. */
  once<T>(question: (session: Session) => T): T {
    if (!this.#answers.has(question)) this.#answers.set(question, question(this));
    return this.#answers.get(question) as T;
  }

  identity(): Promise<Identity> {
    return (this.#found.identity ??= this.#callerIdentity());
  }

  async #callerIdentity(): Promise<Identity> {
    const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
    const { Account = "", Arn = "" } = await this.client(STSClient).send(new GetCallerIdentityCommand({}));
    return { account: Account, arn: Arn };
  }

  /** The caller's account; refuses credentials for any other than the environment's. `reassurance`: "Nothing was read." */
  async requireAccount(reassurance: string): Promise<string> {
    const { account: expected, name } = this.environment;
    const { account, arn } = await this.identity();
    if (expected === undefined || expected === account) return account;
    throw new CommandError(
      `These credentials (${arn}) belong to account ${account}, but the environment "${name}" belongs to account ${expected} (settings account and access.admins). ${reassurance} Use a profile of that account: export AWS_PROFILE=<profile>`,
    );
  }

  /** The cluster as described by EKS; cached once it exists. */
  cluster(): Promise<Cluster | undefined> {
    return (this.#found.cluster ??= this.#describedCluster());
  }

  async #describedCluster(): Promise<Cluster | undefined> {
    let found: Cluster | undefined;
    try {
      const { DescribeClusterCommand, EKSClient } = await import("@aws-sdk/client-eks");
      const described = this.client(EKSClient).send(new DescribeClusterCommand({ name: this.names.cluster }));
      found = (await unlessMissing(described))?.cluster;
      return found;
    } finally {
      // It can't be signed in to before it has an endpoint.
      if (found?.endpoint === undefined) this.forgetCluster();
    }
  }

  /** Call after the cluster was created, changed or deleted: it is looked up again. */
  forgetCluster(): void {
    delete this.#found.cluster;
    delete this.#found.kubernetes;
  }

  /** The cluster's API, with the same sign-in as Terraform; undefined if there is no cluster. */
  async kubernetes(): Promise<KubeConfig | undefined> {
    const cluster = await this.cluster();
    if (cluster === undefined) return undefined;
    const { signedIn } = await import("../cli/kubernetes");
    // Cached, because it caches its token while that is valid.
    const config = this.#found.kubernetes ?? signedIn(this.environment, cluster);
    if (config !== undefined) this.#found.kubernetes = config;
    return config;
  }

  /** The same for what needs the cluster: throws an error that says how to deploy it. */
  async connected(): Promise<KubeConfig> {
    const { environment } = this;
    const config = await this.kubernetes();
    if (config !== undefined) return config;
    throw new CommandError(missingCluster(environment, commandLine("deploy", environment, "infra")));
  }

  /** Both stacks, written for Terraform. Refuses what has no room on the nodes. */
  async stacks(): Promise<StackFolders> {
    const { refuseShortfalls } = await import("../../stacks/capacity");
    refuseShortfalls(this.environment);
    return this.synthesized();
  }

  /** The same without checking for room. Written once, and again if another command has rewritten it since. */
  async synthesized(): Promise<StackFolders> {
    const { isRewritten, stackFolders } = await import("../terraform/stack-folder");
    if (this.#stacks === undefined || Object.values(this.#stacks).some(isRewritten))
      this.#stacks = stackFolders(this.environment, {}, this.#outdir);
    return this.#stacks;
  }
}

/** The session for the environment named by the command line or WBOT_ENV. */
export function sessionOf(options: CommonOptions): Session {
  return new Session(chosenEnvironment(options));
}
