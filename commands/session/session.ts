import type { Cluster } from "@aws-sdk/client-eks";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Environment } from "../../environments";
import { namesOf, type Names } from "../../environments/names";
import type { Identity } from "../cli/account";
import { clientConfig, type ClientOf } from "../cli/aws";
import { CommandError } from "../cli/exit-codes";
import { chosenEnvironment, type CommonOptions } from "../cli/options";
import type { StackFolders } from "../terraform/stack-folder";

/** What does not follow from the settings: sessions of one environment have it in common. */
interface Found {
  readonly clients: Map<string, object>;
  identity?: Promise<Identity>;
  cluster?: Promise<Cluster | undefined>;
  kubernetes?: KubeConfig;
}

/**
 * One run of a command on one environment: what its parts ask of the world is asked once. Every command loads this file,
 * so what takes time to load is imported where it is needed.
 */
export class Session {
  readonly names: Names;
  readonly #found: Found;
  readonly #outdir: string | undefined;
  readonly #answers = new Map<unknown, unknown>();
  #stacks: StackFolders | undefined;

  /** @param outdir Where stacks are written. By default where cdktf writes them, too. */
  constructor(
    readonly environment: Environment,
    outdir?: string,
    found: Found = { clients: new Map() },
  ) {
    this.names = namesOf(environment);
    this.#outdir = outdir;
    this.#found = found;
  }

  /** The session for other settings of the environment, such as pinned images; this one where they are the same. */
  of(environment: Environment): Session {
    return environment === this.environment ? this : new Session(environment, this.#outdir, this.#found);
  }

  /** An SDK client: one of its kind a region shares its connections, and the credentials that it has found. */
  readonly client: ClientOf = (Client, region = this.environment.region) => {
    const { clients } = this.#found;
    const key = `${Client.name} ${region}`;
    const client = clients.get(key) ?? new Client(clientConfig(region));
    clients.set(key, client);
    return client as InstanceType<typeof Client>;
  };

  /** The answer to a question that several parts of a command have, and that stays the same while it runs. */
  once<T>(question: (session: Session) => T): T {
    if (!this.#answers.has(question)) this.#answers.set(question, question(this));
    return this.#answers.get(question) as T;
  }

  /** Who calls AWS. */
  identity(): Promise<Identity> {
    return (this.#found.identity ??= import("../cli/account").then(({ callerIdentity }) =>
      callerIdentity(this.client),
    ));
  }

  /** The caller's account; refuses credentials of another one than the environment's. `spared`: "Nothing was read." */
  async expectedAccount(spared: string): Promise<string> {
    const { account: expected, name } = this.environment;
    const { account, arn } = await this.identity();
    if (expected === undefined || expected === account) return account;
    throw new CommandError(
      `These credentials (${arn}) are of the account ${account}, but the environment "${name}" is of the account ${expected} (setting account). ${spared} Name a profile of that account: export AWS_PROFILE=<profile>`,
    );
  }

  /** The cluster as EKS describes it: asked for once it is there, and each time as long as it is not. */
  cluster(): Promise<Cluster | undefined> {
    return (this.#found.cluster ??= this.#describedCluster());
  }

  async #describedCluster(): Promise<Cluster | undefined> {
    let found: Cluster | undefined;
    try {
      const { describedCluster } = await import("../cli/cluster");
      found = await describedCluster(this.client, this.names.cluster);
      return found;
    } finally {
      // Before it has an endpoint nobody can sign in to it.
      if (found?.endpoint === undefined) this.forgetCluster();
    }
  }

  /** To be called when the cluster was made, changed or deleted: it is asked for again. */
  forgetCluster(): void {
    delete this.#found.cluster;
    delete this.#found.kubernetes;
  }

  /** The cluster's API, signed in to as Terraform does; undefined where there is no cluster. */
  async kubernetes(): Promise<KubeConfig | undefined> {
    const cluster = await this.cluster();
    if (cluster === undefined) return undefined;
    const { signedIn } = await import("../cli/kubernetes");
    // Kept, as it keeps the token that it signs in with for as long as that is valid.
    const config = this.#found.kubernetes ?? signedIn(this.environment, cluster);
    if (config !== undefined) this.#found.kubernetes = config;
    return config;
  }

  /** Both stacks, written for Terraform. What has no room on the nodes is refused. */
  async stacks(): Promise<StackFolders> {
    const { refuseShortfalls } = await import("../../stacks/capacity");
    refuseShortfalls(this.environment);
    return this.synthesized();
  }

  /** The same to read, whether or not it has room. Written once, and again if another command has rewritten it since. */
  async synthesized(): Promise<StackFolders> {
    const { isRewritten, writeStacks } = await import("../terraform/stack-folder");
    if (this.#stacks === undefined || Object.values(this.#stacks).some(isRewritten))
      this.#stacks = writeStacks(this.environment, {}, this.#outdir);
    return this.#stacks;
  }
}

/** The session for the environment that the command line or WBOT_ENV names. */
export function sessionOf(options: CommonOptions): Session {
  return new Session(chosenEnvironment(options));
}
