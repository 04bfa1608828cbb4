import { RandomProvider } from "@cdktf/provider-random/lib/provider";
import { Annotations, TerraformOutput, type ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { AddOn, ebsCsiRole, volumeTags, vpcCniRole } from "../constructs/aws/add-on";
import { AlarmTopic } from "../constructs/aws/alarm-topic";
import { Budget } from "../constructs/aws/budget";
import { Cluster } from "../constructs/aws/cluster";
import { DnsRecord, forgetDnsRecords } from "../constructs/aws/dns-record";
import { EncryptionKey } from "../constructs/aws/encryption-key";
import { existingNetwork } from "../constructs/aws/existing-network";
import { ImageRepository } from "../constructs/aws/image-repository";
import { InterfaceEndpoints } from "../constructs/aws/interface-endpoints";
import { LiveCluster } from "../constructs/aws/live-cluster";
import { LoadBalancer } from "../constructs/aws/load-balancer";
import { LogStore } from "../constructs/aws/log-store";
import { MetricsWatchdog } from "../constructs/aws/metrics-watchdog";
import { Network } from "../constructs/aws/network";
import { NodeGroup } from "../constructs/aws/node-group";
import { NodeGroupCheck } from "../constructs/aws/node-group-check";
import { NodeRole } from "../constructs/aws/node-role";
import { Redis, type RedisProps } from "../constructs/aws/redis";
import { RedisAlarms } from "../constructs/aws/redis-alarms";
import { InClusterRedisSecret } from "../constructs/aws/redis-secret";
import { EnvironmentStack, type StackOptions } from "../constructs/environment-stack";
import { podRolesInEffect, type PodRole } from "../constructs/pod-role";
import { useCluster } from "../constructs/platform/cluster-providers";
import { gp3Class } from "../constructs/gp3-class";
import { ProductNamespace } from "../constructs/platform/product-namespace";
import { PlanAccess } from "../constructs/platform/plan-access";
import type { Environment } from "../environments";
import { uncheckedCapacity } from "./capacity";
import { volumesOfMetrics } from "../environments/schema";
import { hostsWithZone } from "../environments/hosts";
import { addOnReplicas } from "../environments/requests";
import { SERVICE_KEYS, SERVICES } from "../environments/services";
import { controllersOf, installControllers } from "./controllers";

/** The platform: network, cluster, nodes, Redis, load balancer, image repositories and the controllers. */
export class InfraStack extends EnvironmentStack {
  constructor(scope: Construct, environment: Environment, options?: StackOptions) {
    super(scope, "infra", environment, options);
    const unchecked = uncheckedCapacity(environment);
    if (unchecked !== undefined) Annotations.of(this).addWarning(unchecked);
    new RandomProvider(this, "random");

    const repositories = environment.registry.create ? this.imageRepositories() : [];

    const keyArn = new EncryptionKey(this, "key").arn;
    const { topicArn } = new AlarmTopic(this, "alarms", { keyArn });
    const network = existingNetwork(environment) ?? new Network(this, "network", { logKeyArn: keyArn }).ids;
    const endpoints =
      environment.network.endpoints.length === 0
        ? []
        : new InterfaceEndpoints(this, "endpoints", { network }).ready;
    const live = new LiveCluster(this, "live");
    const cluster = new Cluster(this, "cluster", { subnetIds: network.nodeSubnetIds, keyArn, live });
    const clusterSecurityGroupId = cluster.securityGroupId;

    // Its target groups come before the role that registers pods in them, and so before the nodes.
    const loadBalancer = new LoadBalancer(this, "load-balancer", { network, clusterSecurityGroupId });
    const targetGroupArns = Object.values(loadBalancer.targetGroups).map(({ arn }) => arn);

    // Before the first node: its networking, and the Pod Identity associations, which apply only to pods started later.
    const roles = { vpcCni: vpcCniRole(this, cluster), ebsCsi: ebsCsiRole(this, cluster) };
    const controllerRoles = controllersOf(environment).flatMap(
      (controller) => controller.role?.(this, { cluster, targetGroupArns }) ?? [],
    );
    const associations = [...Object.values(roles), ...controllerRoles].flatMap(({ ready }) => ready);
    const networking = this.networkingOfNodes(cluster, roles.vpcCni);

    const nodes = {
      cluster,
      live,
      role: new NodeRole(this, "node-role"),
      subnetIds: network.nodeSubnetIds,
      // The administrators' access takes seconds to become effective: it does so while the nodes start.
      dependsOn: [...cluster.access, ...networking, ...associations, ...network.egress, ...endpoints],
    };
    const nodeGroups = [new NodeGroup(this, "onDemand", nodes), new NodeGroup(this, "spot", nodes)];
    const running = nodeGroups.map((group) => group.resource);
    const addOns = this.addOns(cluster, running, roles.ebsCsi);

    this.redis({ network, clusterSecurityGroupId, logKeyArn: keyArn }, topicArn);
    this.records(loadBalancer);
    if (environment.alarms.emails.length > 0)
      new NodeGroupCheck(this, "node-group-alarm", { nodeGroups, topicArn, logKeyArn: keyArn });
    const { monthlyUsd } = environment.budget;
    if (monthlyUsd !== undefined) new Budget(this, "budget", { monthlyUsd });

    useCluster(this, cluster, { helm: true });
    const ready = [
      ...cluster.access,
      ...running,
      ...addOns,
      podRolesInEffect(this, "pod-roles-in-effect", controllerRoles),
    ];
    // EKS marks no class as the default, and its own one is unencrypted gp2.
    gp3Class(this, "default-storage", {
      name: "encrypted-gp3",
      component: "storage",
      isDefault: true,
      dependsOn: ready,
    });
    const { logs, metrics } = environment.observability;
    const logStore = new LogStore(this, "log-store", { settings: logs, keyArn });
    const namespace = new ProductNamespace(this, "product-namespace", {
      protection: environment.protection,
      dependsOn: ready,
    });
    const charts = installControllers(this, {
      dependsOn: [...ready, namespace.resource],
      vpcId: network.vpcId,
      loadBalancer,
      logStore: logStore.ready,
    });
    if (metrics.kind !== "none")
      new MetricsWatchdog(this, "metrics-watchdog", {
        topicArn,
        keyArn,
        dependsOn: charts.map(({ release }) => release),
      });
    if (environment.ci)
      new PlanAccess(this, "plan-access", { charts, namespace: namespace.name, dependsOn: ready });

    this.outputs(cluster, loadBalancer, repositories);
  }

  /** One per service in the environment's region, and in each region in `registry.copies`. */
  private imageRepositories(): ImageRepository[] {
    return SERVICE_KEYS.map((key) => {
      const { name: service } = SERVICES[key];
      const name = this.names.repository(service);
      for (const region of this.environment.registry.copies)
        new ImageRepository(this, `${service}-${region}`, { name, region });
      return new ImageRepository(this, service, { name });
    });
  }

  /** What gives a node and its pods their network, and pods their roles. */
  private networkingOfNodes(cluster: Cluster, role: PodRole): ITerraformDependable[] {
    const agent = new AddOn(this, "eks-pod-identity-agent", { cluster });
    const kubeProxy = new AddOn(this, "kube-proxy", { cluster });
    const vpcCni = new AddOn(this, "vpc-cni", {
      cluster,
      // Pod addresses in /28 prefixes, so that small nodes hold more pods; network policies are enforced.
      configuration: {
        enableNetworkPolicy: "true",
        env: { ENABLE_PREFIX_DELEGATION: "true", WARM_PREFIX_TARGET: "1" },
      },
      // On destroy, nodes must not lose their network before they are gone.
      preserve: true,
      dependsOn: [agent.resource, ...role.ready],
    });
    return [vpcCni, kubeProxy, agent].map(({ resource }) => resource);
  }

  /** The add-ons that run on nodes. */
  private addOns(
    cluster: Cluster,
    running: readonly ITerraformDependable[],
    ebsCsi: PodRole,
  ): ITerraformDependable[] {
    const { environment } = this;
    const addOns = [
      new AddOn(this, "coredns", {
        cluster,
        configuration: { replicaCount: addOnReplicas("coredns", environment) },
        // On destroy, drivers and controllers still need it to delete what they made.
        preserve: true,
        dependsOn: running,
      }),
      new AddOn(this, "metrics-server", {
        cluster,
        configuration: { replicas: addOnReplicas("metrics-server", environment) },
        dependsOn: running,
      }),
      new AddOn(this, "aws-ebs-csi-driver", {
        cluster,
        configuration: {
          controller: {
            replicaCount: addOnReplicas("ebs-csi-controller", environment),
            extraVolumeTags: volumeTags(this),
          },
        },
        // On destroy, the volumes of deleted claims are deleted after the add-on, by its pods: they stay until the nodes go.
        preserve: volumesOfMetrics(environment) !== undefined,
        dependsOn: [...running, ...ebsCsi.ready],
      }),
      // Reports kernel, disk and network faults to EKS's node repair; the kubelet only reports that it is alive.
      new AddOn(this, "eks-node-monitoring-agent", { cluster, dependsOn: running }),
    ];
    return addOns.map(({ resource }) => resource);
  }

  /** ElastiCache and its alarms, or the password of the one in the cluster. */
  private redis(place: Omit<RedisProps, "settings">, topicArn: string): void {
    const { redis: settings } = this.environment;
    if (settings.kind === "in-cluster") {
      new InClusterRedisSecret(this, "redis", settings);
      return;
    }
    const { group } = new Redis(this, "redis", { settings, ...place });
    new RedisAlarms(this, "redis-alarms", { settings, topicArn, group });
  }

  /** DNS records of the hosts with a zone, if they belong to this project. */
  private records(loadBalancer: LoadBalancer): void {
    const zoned = hostsWithZone(this.environment);
    if (this.environment.domain.records)
      for (const each of zoned) new DnsRecord(this, { ...each, loadBalancer });
    else
      forgetDnsRecords(
        this,
        zoned.map(({ host }) => host),
      );
  }

  private outputs(
    cluster: Cluster,
    loadBalancer: LoadBalancer,
    repositories: readonly ImageRepository[],
  ): void {
    const { region } = this.environment;
    this.output("cluster_name", cluster.name, "Name of the EKS cluster");
    this.output(
      "kubectl_config_command",
      `aws eks update-kubeconfig --region ${region} --name ${this.names.cluster}`,
      "Command that points kubectl at the cluster",
    );
    this.output(
      "load_balancer_host",
      loadBalancer.hostName,
      "Name of the load balancer: the target for DNS records that this stack doesn't create",
    );
    for (const repository of repositories) {
      this.output(
        `${repository.node.id.replaceAll("-", "_")}_repository_url`,
        repository.url,
        "Image repository to push to",
      );
    }
  }

  private output(id: string, value: string, description: string): void {
    new TerraformOutput(this, id, { value, description, staticId: true });
  }
}
