import type { Settings } from "../../environments/schema";
import type { Requests } from "../../environments/requests";
import { TRAEFIK } from "../edge";
import { emulatorVariables } from "../emulator";
import type { EnvironmentStack } from "../environment-stack";
import { awsApis, clusterSubnets } from "../peers";
import { PodRole } from "../pod-role";
import { HelmChart, type Chart, type ControllerProps, type RoleProps } from "./helm-chart";
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

/**
 * Registers Traefik's pods in the load balancer's target groups, and lets none become ready before the load balancer
 * finds it healthy. It creates no load balancers: it watches only Traefik's namespace, and its role doesn't allow it.
 */
export class LoadBalancerController extends HelmChart {
  static readonly chart: Chart = {
    name: "aws-load-balancer-controller",
    version: "3.5.0",
    repository: "https://aws.github.io/eks-charts",
  };
  static readonly requests = {
    "aws-load-balancer-controller": { cpu: "25m", memory: "128Mi" },
  } satisfies Record<string, Requests>;

  static override pods(settings: Settings) {
    return { ...HelmChart.pods(settings), count: replicasOf(settings.platform) };
  }

  /** Lets it register pods in the environment's own target groups. */
  static role(stack: EnvironmentStack, { cluster, targetGroupArns }: RoleProps): PodRole {
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
  }

  constructor(stack: EnvironmentStack, props: ControllerProps) {
    const { platform, region, emulator } = stack.environment;
    super(stack, NAME, {
      chart: LoadBalancerController.chart,
      namespace: NAME,
      dependsOn: props.dependsOn,
      traffic: [
        {
          name: "controller",
          ingress: [{ peers: clusterSubnets(stack.environment), ports: [WEBHOOK_PORT] }],
          egress: awsApis(stack.environment),
        },
      ],
      values: {
        clusterName: stack.names.cluster,
        region,
        vpcId: props.vpcId,
        replicaCount: replicasOf(platform),
        podDisruptionBudget: { maxUnavailable: 1, ...EVICT_UNHEALTHY },
        ...placement(podLabels(NAME, NAME), platform.capacity),
        priorityClassName: PRIORITY_CLASS,
        resources: resources(LoadBalancerController.requests["aws-load-balancer-controller"]),
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
              env: emulatorVariables(stack.environment),
              awsApiEndpoints: ["EC2", "Elastic Load Balancing v2", "STS"]
                .map((service) => `${service}=${emulator.endpoint}`)
                .join(","),
            }),
      },
    });
  }
}

function replicasOf({ replicas }: Settings["platform"]): number {
  return Math.max(LEAST_REPLICAS, replicas);
}
