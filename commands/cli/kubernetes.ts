import type { RequestOptions } from "node:https";
import type { Cluster } from "@aws-sdk/client-eks";
import {
  ApiException,
  createConfiguration,
  KubeConfig,
  ServerConfiguration,
  wrapHttpLibrary,
  type ApiConstructor,
  type ApiType,
  type RequestContext,
  type ResponseContext,
} from "@kubernetes/client-node";
import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import { proxyOf } from "./network";

/** How long an answer of Kubernetes may take (milliseconds). Streams, such as a forwarded port, have no limit once they are open. */
const TIMEOUT_MS = 30_000;

/** Its clients give up: a connection that is lost without a word, as when a VPN changes, would be waited for forever. */
class KubeConfigWithTimeout extends KubeConfig {
  constructor(readonly timeoutMs: number) {
    super();
  }

  /** For streams: @kubernetes/client-node hands these options to the package ws. */
  override async applyToHTTPSOptions(options: RequestOptions): Promise<void> {
    await super.applyToHTTPSOptions(options);
    Object.assign(options, { handshakeTimeout: this.timeoutMs });
  }

  override makeApiClient<T extends ApiType>(client: ApiConstructor<T>): T {
    const { httpApi } = createConfiguration();
    const send = async (request: RequestContext): Promise<ResponseContext> => {
      const limit = AbortSignal.timeout(this.timeoutMs);
      request.setSignal(limit);
      return httpApi
        .send(request)
        .toPromise()
        .catch((error: unknown) => {
          if (!limit.aborted) throw error;
          const message = `no answer from Kubernetes within ${this.timeoutMs / 1000} s`;
          throw Object.assign(new Error(message), { code: "ETIMEDOUT" });
        });
    };
    return new client(
      createConfiguration({
        baseServer: new ServerConfiguration(this.getCurrentCluster()?.server ?? "", {}),
        authMethods: { default: this },
        httpApi: wrapHttpLibrary({ send }),
      }),
    );
  }
}

/** A cluster, signed in to as Terraform does: by `aws eks get-token`. Undefined while it is being made. */
export function signedIn(
  environment: Environment,
  cluster: Cluster,
  timeoutMs = TIMEOUT_MS,
): KubeConfig | undefined {
  const { region } = environment;
  const name = namesOf(environment).cluster;
  if (cluster.endpoint === undefined || cluster.certificateAuthority?.data === undefined) return undefined;
  const config = new KubeConfigWithTimeout(timeoutMs);
  const proxyUrl = proxyOf(cluster.endpoint);
  config.loadFromClusterAndUser(
    {
      name,
      server: cluster.endpoint,
      caData: cluster.certificateAuthority.data,
      skipTLSVerify: false,
      ...(proxyUrl === undefined ? {} : { proxyUrl }),
    },
    {
      name: "aws",
      exec: {
        apiVersion: "client.authentication.k8s.io/v1beta1",
        command: "aws",
        args: ["eks", "get-token", "--cluster-name", name, "--region", region, "--output", "json"],
        interactiveMode: "Never",
        // As the providers do: see constructs/platform/cluster-providers.ts.
        ...(environment.emulator === undefined
          ? {}
          : { env: [{ name: "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", value: "true" }] }),
      },
    },
  );
  return config;
}

/** An answer, or undefined where Kubernetes says that there is no such object. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}
