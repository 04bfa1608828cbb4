import { TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import { DeployedCluster } from "../constructs/aws/deployed-cluster";
import { EnvironmentStack } from "../constructs/environment-stack";
import { useCluster } from "../constructs/platform/cluster-providers";
import { AiBackend } from "../constructs/workloads/ai-backend";
import { demandOf } from "../constructs/workloads/capacity";
import { IN_CLUSTER_REDIS_DEMAND, InClusterRedis } from "../constructs/workloads/in-cluster-redis";
import { Ingress } from "../constructs/workloads/ingress";
import { Certificate, Issuer } from "../constructs/workloads/issuer";
import { Namespace } from "../constructs/workloads/namespace";
import { Secrets } from "../constructs/workloads/secrets";
import { WebFrontend } from "../constructs/workloads/web-frontend";
import type { Environment } from "../environments";
import { hostsOf } from "../environments/hosts";
import { AI, WEB } from "../environments/names";

/** Secret that cert-manager puts the certificate into. */
const TLS_SECRET = "wbot-tls";

/** The product: namespace, secrets, Redis where it is in the cluster, backend, front end, certificate, routes. */
export class AppStack extends EnvironmentStack {
  constructor(scope: Construct, environment: Environment) {
    super(scope, "app", environment);
    const { redis, domain, protection } = environment;
    const inCluster = redis.kind === "in-cluster" ? redis : undefined;

    const cluster = new DeployedCluster(this, "cluster");
    useCluster(this, cluster, { helm: false });

    const namespace = new Namespace(this, "namespace", {
      protection,
      demands: [
        demandOf(environment.ai),
        demandOf(environment.web),
        ...(inCluster ? [IN_CLUSTER_REDIS_DEMAND] : []),
      ],
      dependsOn: [],
    });
    const common = { namespace: namespace.name, dependsOn: namespace.ready };
    const secrets = new Secrets(this, "secrets", common);

    const cache =
      inCluster && secrets.redis
        ? [
            new InClusterRedis(this, "redis", {
              ...common,
              storageGiB: inCluster.storageGiB,
              secret: secrets.redis,
            }).ready,
          ]
        : [];
    const ai = new AiBackend(this, AI, {
      ...common,
      repository: this.repository(AI),
      secrets: secrets.ai,
      dependsOn: [...namespace.ready, ...cache],
    });
    const web = new WebFrontend(this, WEB, {
      ...common,
      repository: this.repository(WEB),
      secrets: secrets.web,
      ai,
    });

    const issuer = new Issuer(this, "issuer", { dependsOn: [] });
    const hosts = hostsOf(environment).map(({ host }) => host);
    new Certificate(this, "certificate", {
      namespace: namespace.name,
      hosts,
      issuer,
      secretName: TLS_SECRET,
    });
    new Ingress(this, "ingress", { ...common, tlsSecretName: TLS_SECRET, ai, web });

    new TerraformOutput(this, "url", {
      value: `https://${domain.host}`,
      description: "Where the product answers",
      staticId: true,
    });
  }

  /** This environment's own ECR repository of a service. */
  private repository(service: typeof AI | typeof WEB): string {
    return `${this.account}.dkr.ecr.${this.environment.region}.amazonaws.com/${this.names.repository(service)}`;
  }
}
