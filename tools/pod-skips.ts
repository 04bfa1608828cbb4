import { SERVICE_KEYS, SERVICES } from "../environments/services";
import { skips, type Skip } from "./policy-skips";

/** Last day of every skip: kube-score and the pods are looked at again then. */
const UNTIL = "2027-05-31";

/** kube-score's checks that the product's pods fail on purpose. Paths are "<kind>/<name>". */
export const POD_SKIPS: readonly Skip[] = [
  ...SERVICE_KEYS.flatMap((key) => {
    const { name, http } = SERVICES[key];
    return skips(`Deployment/${name}`, {
      "container-image-pull-policy":
        "The repositories' tags are immutable, so a cached image is the right one, and pods start while the registry is away.",
      "container-security-context-user-group-id":
        "Above 10000 no user of the node has the same number. Bottlerocket's nodes have none, and these pods mount nothing of the node's.",
      "container-ephemeral-storage-request-and-limit":
        "The root file system is read-only, and /tmp is memory with a limit: all that a pod writes to the node's disk is its log, which the kubelet rotates.",
      "deployment-has-host-podantiaffinity":
        "Topology spread keeps a service's pods on different hosts, and lets more of them run than there are hosts.",
      "deployment-targeted-by-hpa-does-not-have-replicas-configured":
        "Terraform sets replicas once and ignores them from then on: without, a first rollout would be of one pod.",
      ...(http && {
        "pod-probes-identical":
          "The same path with other patience: a pod is out of service after 2 failures, and restarted after 3, so that it is never restarted first.",
      }),
    });
  }),
  ...skips("NetworkPolicy/http01-solver", {
    "networkpolicy-targets-pod":
      "For cert-manager's solver pods, which are there only while Let's Encrypt asks.",
  }),
].map((skip) => ({ ...skip, until: UNTIL }));
