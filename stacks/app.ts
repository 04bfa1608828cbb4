import { TerraformOutput, type ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import {
  DeployedAlarms,
  DeployedCluster,
  DeployedInfra,
  DeployedLoadBalancer,
} from "../constructs/aws/deployed-infra";
import { ImagesToPush } from "../constructs/aws/images-to-push";
import { LoadBalancerAlarm } from "../constructs/aws/load-balancer-alarm";
import { UptimeCheck } from "../constructs/aws/uptime-check";
import { EnvironmentStack, type StackOptions } from "../constructs/environment-stack";
import { useCluster } from "../constructs/platform/cluster-providers";
import { demandOf } from "../constructs/workloads/quota";
import { IN_CLUSTER_REDIS_DEMAND, InClusterRedis } from "../constructs/workloads/in-cluster-redis";
import { Ingress } from "../constructs/workloads/ingress";
import { Certificate, Issuer } from "../constructs/workloads/issuer";
import { Dashboards } from "../constructs/workloads/monitoring/dashboards/dashboards";
import { Alerting } from "../constructs/workloads/monitoring/alerting";
import { Scraping } from "../constructs/workloads/monitoring/scraping";
import { NamespaceLimits } from "../constructs/workloads/namespace-limits";
import { Secrets } from "../constructs/workloads/secrets";
import { Workload } from "../constructs/workloads/workload";
import { EnvironmentError, isReachedByInternet, type Environment } from "../environments";
import { hostsOf } from "../environments/hosts";
import { callsOf, SERVICE_KEYS, SERVICES, type ServiceKey, type ServiceName } from "../environments/services";

/** Secret that cert-manager stores the certificate in. */
const TLS_SECRET = "wbot-tls";

/** The product: limits of its namespace, secrets, in-cluster Redis if configured, services, certificate, routes. */
export class AppStack extends EnvironmentStack {
  constructor(scope: Construct, environment: Environment, options?: StackOptions) {
    super(scope, "app", environment, options);
    const { redis, domain, protection } = environment;

    const infra = new DeployedInfra(this, "infra");
    const images = this.checks
      ? new ImagesToPush(this, "images-to-push", { dependsOn: [infra.found] }).found
      : [];
    const cluster = new DeployedCluster(this, "cluster", { dependsOn: [infra.found, ...images] });
    useCluster(this, cluster, { helm: false });

    const { ready } = new NamespaceLimits(this, "namespace", {
      protection,
      demands: [
        ...SERVICE_KEYS.map((key) => demandOf(environment[key])),
        ...(redis.kind === "in-cluster" ? [IN_CLUSTER_REDIS_DEMAND] : []),
      ],
    });
    const secrets = new Secrets(this, "secrets", { dependsOn: ready });
    const cache = this.cache(ready, secrets);
    const services = this.services(ready, secrets, cache);

    const issuer = new Issuer(this, "issuer");
    const hosts = hostsOf(environment).map(({ host }) => host);
    new Certificate(this, "certificate", { hosts, issuer, secretName: TLS_SECRET });
    const { routes } = new Ingress(this, "ingress", {
      dependsOn: ready,
      tlsSecretName: TLS_SECRET,
      services,
    });

    if (environment.alarms.emails.length > 0) {
      const found = { dependsOn: [infra.found] };
      const { topicArn, keyArn } = new DeployedAlarms(this, "alarms", found);
      const loadBalancer = new DeployedLoadBalancer(this, "load-balancer", found);
      if (isReachedByInternet(environment))
        new UptimeCheck(this, "uptime-alarm", {
          loadBalancerHost: loadBalancer.hostName,
          topicArn,
          logKeyArn: keyArn,
          dependsOn: routes,
        });
      new LoadBalancerAlarm(this, "load-balancer-alarm", { loadBalancer, topicArn, dependsOn: routes });
    }

    const { metrics } = environment.observability;
    if (metrics.kind !== "none") {
      new Scraping(this, "scraping");
      new Alerting(this, "alerting");
    }
    if (metrics.kind === "in-cluster") new Dashboards(this, "dashboards");

    new TerraformOutput(this, "url", {
      value: `https://${domain.host}`,
      description: "URL of the product",
      staticId: true,
    });
  }

  /** Redis in the cluster, if the settings have it there. */
  private cache(dependsOn: readonly ITerraformDependable[], secrets: Secrets): ITerraformDependable[] {
    const { redis } = this.environment;
    if (redis.kind !== "in-cluster" || !secrets.redis) return [];
    const { storageGiB } = redis;
    return [new InClusterRedis(this, "redis", { dependsOn, storageGiB, secret: secrets.redis }).ready];
  }

  /** Each service, after the services it calls. */
  private services(
    ready: readonly ITerraformDependable[],
    secrets: Secrets,
    cache: readonly ITerraformDependable[],
  ): Readonly<Record<ServiceKey, Workload>> {
    const services = {} as Record<ServiceKey, Workload>;
    // In table order: the rows of what a service calls come before its own.
    for (const service of SERVICE_KEYS) {
      const { name, redis } = SERVICES[service];
      const later = callsOf(service).find((called) => !(called in services));
      if (later !== undefined)
        throw new EnvironmentError(
          `In environments/services.ts, the row "${later}" must come before the row "${service}", which calls it. Services can't call themselves or each other, since one starts after those it calls.`,
        );
      services[service] = new Workload(this, name, {
        service,
        repository: this.repository(name),
        secrets: secrets.of[service],
        dependsOn: [
          ...ready,
          ...(redis ? cache : []),
          ...callsOf(service).map((called) => services[called].ready),
        ],
      });
    }
    return services;
  }

  /** This environment's own ECR repository for a service. */
  private repository(service: ServiceName): string {
    return `${this.account}.dkr.ecr.${this.environment.region}.amazonaws.com/${this.names.repository(service)}`;
  }
}
