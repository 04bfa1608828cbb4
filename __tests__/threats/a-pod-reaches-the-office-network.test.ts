import { SERVICE_CIDR } from "../../environments/names";
import { allowed, type End } from "../connections";
import { EXISTING } from "../existing-network";
import { synth } from "../synth";

/** A backend whose model calls tools is talked into asking an address of the company's network, behind a peering. */

const AI: End = {
  namespace: "wbot",
  labels: { "app.kubernetes.io/name": "wbot-ai", "app.kubernetes.io/part-of": "wbot" },
  address: "10.0.3.77",
};
const NETWORKS = ["10.200.0.5", "172.16.4.5", "172.31.4.5", "192.168.1.5", "100.64.0.5", "100.127.0.5"];
const EDGES = ["9.255.255.255", "11.0.0.0", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1"];

it.each(["dev", "prod"])(
  "in %s no private network can be reached, and the internet around them can",
  (name) => {
    const written = synth(name);
    for (const address of [...NETWORKS, "169.254.169.254"])
      expect([address, allowed(written, AI, { address }, 443)]).toEqual([address, false]);
    for (const address of EDGES)
      expect([address, allowed(written, AI, { address }, 443)]).toEqual([address, true]);
  },
);

it("a setting opens those beyond the VPC, but not metadata, nor the cluster's Services", () => {
  const written = synth("prod", { network: { privateEgress: true } });
  for (const address of NETWORKS)
    expect([address, allowed(written, AI, { address }, 443)]).toEqual([address, true]);
  for (const address of ["169.254.169.254", "10.0.0.9", SERVICE_CIDR.replace(/0\/\d+$/, "9")])
    expect([address, allowed(written, AI, { address }, 443)]).toEqual([address, false]);
});

it("interface endpoints open no subnet of the cluster, in a network without others for them", () => {
  const written = synth("dev", { network: { existing: EXISTING, endpoints: ["sts"] } });
  const subnets = EXISTING.subnets["us-east-1b"];
  expect(subnets).not.toHaveProperty("cache");
  const inside = (cidr: string) => ({ address: cidr.replace(/0\/\d+$/, "9") });
  expect(allowed(written, AI, inside(subnets.private.cidr), 443)).toBe(false);
  expect(allowed(written, AI, inside(EXISTING.subnets["us-east-1a"].cache.cidr), 443)).toBe(true);
});
