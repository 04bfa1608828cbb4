import type { Settings } from "../../environments/schema";
import type { Requests } from "../../environments/requests";
import { TRAEFIK } from "../edge";
import { emulatorVariables } from "../emulator";
import { awsApis, clusterSubnets } from "../peers";
import { PodRole } from "../pod-role";
import { podsOf, type Controller } from "./helm-chart";
import {
  EVICT_UNHEALTHY,
  placement,
  podLabels,
  PRIORITY_CLASS,
  resources,
  RESTRICTED_CONTAINER,
  RESTRICTED_POD,
} from "./placement";

/** Namespace, release and service account. */
const NAME = "aws-load-balancer-controller";
/** `webhookBindPort` of the chart. */
const WEBHOOK_PORT = 9443;
/** Without this controller, no Traefik pod starts or is registered: one replica must survive the loss of a node. */
const LEAST_REPLICAS = 2;
const REQUESTS: Requests = { cpu: "25m", memory: "128Mi" };

/**
 * Registers Traefik's pods in the load balancer's target groups, and lets none become ready before the load balancer
 * finds it healthy. It creates no load balancers: it watches only Traefik's namespace, and its role doesn't allow it.
 */
export const awsLoadBalancerController: Controller = {
  name: NAME,
  chart: {
    name: "aws-load-balancer-controller",
    version: "3.5.0",
    repository: "https://aws.github.io/eks-charts",
  },
  pods: (settings) => podsOf({ [NAME]: REQUESTS }, settings, replicasOf(settings.platform)),
  traffic: (environment) => [
    {
      name: "controller",
      ingress: [{ peers: clusterSubnets(environment), ports: [WEBHOOK_PORT] }],
      egress: awsApis(environment),
    },
  ],

  /** Lets it register pods in the environment's own target groups. */
  role(stack, { cluster, targetGroupArns }) {
    return new PodRole(stack, "load-balancer-controller-role", {
      cluster,
      namespace: NAME,
      serviceAccount: NAME,
      statements: [
        {
          sid: "Describe",
          actions: [
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeVpcs",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
          ],
          // None of these actions supports resource-level permissions.
          resources: ["*"],
        },
        {
          sid: "Register",
          actions: ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
          resources: [...targetGroupArns],
        },
      ],
    });
  },

  values({ environment, names }, { vpcId }) {
    const { platform, region, emulator } = environment;
    return {
      clusterName: names.cluster,
      region,
      vpcId,
      replicaCount: replicasOf(platform),
      podDisruptionBudget: { maxUnavailable: 1, ...EVICT_UNHEALTHY },
      ...placement(podLabels(NAME, NAME), platform.capacity),
      priorityClassName: PRIORITY_CLASS,
      resources: resources(REQUESTS),
      podSecurityContext: RESTRICTED_POD,
      securityContext: RESTRICTED_CONTAINER,
      serviceAccount: { name: NAME },
      // With `Ignore`, a rollout of Traefik while this controller is down would end with no pod registered.
      podMutatorWebhookConfig: { failurePolicy: "Fail" },
      // With a new certificate at each upgrade, the webhook would fail until every pod has it.
      keepTLSSecret: true,
      // It registers targets and does nothing else.
      watchNamespace: TRAEFIK.namespace,
      createIngressClassResource: false,
      disableIngressClassAnnotation: true,
      webhookConfig: { disableIngressValidation: true },
      enableServiceMutatorWebhook: false,
      enableBackendSecurityGroup: false,
      enableShield: false,
      enableWaf: false,
      enableWafv2: false,
      controllerConfig: {
        featureGates: { EnableServiceController: false, NLBGatewayAPI: false, ALBGatewayAPI: false },
      },
      ...(emulator === undefined
        ? {}
        : {
            env: emulatorVariables(environment),
            awsApiEndpoints: ["EC2", "Elastic Load Balancing v2", "STS"]
              .map((service) => `${service}=${emulator.endpoint}`)
              .join(","),
          }),
    };
  },
};

function replicasOf({ replicas }: Settings["platform"]): number {
  return Math.max(LEAST_REPLICAS, replicas);
}
