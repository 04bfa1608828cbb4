import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  bodySeconds,
  MANAGED_UPDATE_SECONDS,
  NEW_POD_SECONDS,
  streamTimes,
} from "../../environments/stream-times";
import { loadEnvironment } from "../../environments";
import { seconds } from "../../environments/quantity";
import { streaming } from "../../environments/schema-traffic";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";
import { helmValues, synth } from "../synth";

const times = (maxDuration: string, drain: string) =>
  streamTimes({ streaming: { maxDuration, drain, heartbeat: "15s" } });

/** Between a spot interruption notice and the end of the node. */
const SPOT_NOTICE_SECONDS = 120;
/** That the settings allow. */
const LONGEST = "9m";

it("derives every timeout along a stream's path from two settings", () => {
  expect(times("30m", "5m")).toEqual({
    loadBalancer: { tcpIdle: 1800, deregistrationDelay: 420, unhealthyDraining: 420 },
    traefik: { acceptGrace: 120, drain: 300, termination: 435, keepAlive: 180 },
    pods: expect.objectContaining({
      ai: { preStop: 10, drain: 300, termination: 320 },
      web: { preStop: 10, drain: 30, termination: 50 },
    }),
    nodeGroup: 6660,
    autoscalerPatience: 435,
  });
});

it("has the times that docs/traffic.md gives", () => {
  const { loadBalancer, traefik, pods, autoscalerPatience } = times("30m", "5m");
  const page = readFileSync(join(__dirname, "../../docs/traffic.md"), "utf8");
  const [, table = ""] = /\n\| What happens +\| After \(seconds\) +\|\n.+\n((?:\|.+\n)+)/.exec(page) ?? [];
  const documented = table
    .trim()
    .split("\n")
    .map((row) => {
      const formula = row.split("|")[2]?.replace("`drain`", "300").replace("`maxDuration`", "1800") ?? "";
      return formula
        .split(",")[0]
        ?.split("+")
        .reduce((sum, part) => sum + Number(part), 0);
    });
  expect(documented).toEqual([
    loadBalancer.tcpIdle,
    loadBalancer.deregistrationDelay,
    traefik.keepAlive,
    traefik.acceptGrace,
    traefik.drain,
    traefik.termination,
    pods.ai.preStop,
    pods.ai.drain,
    pods.ai.termination,
    pods.web.termination,
    autoscalerPatience,
  ]);
});

it("closes idle connections at Traefik before the load balancer drops them, however short its timeout", () => {
  expect(times("60s", "30s").traefik.keepAlive).toBe(50);
});

it("finishes the longest drain before a managed node update gives up", () => {
  const { traefik, pods, autoscalerPatience } = times("60m", LONGEST);
  const longest = Math.max(...Object.values(pods).map(({ termination }) => termination));
  expect(
    [traefik.termination, longest, autoscalerPatience].every((each) => each <= MANAGED_UPDATE_SECONDS),
  ).toBe(true);
  // Up to half of Traefik's pods, on two of four nodes: the later ones wait for the successors of the earlier ones.
  const { maxUnavailable } = helmValues(synth("prod").infra.one("helm_release", "traefik"))[
    "podDisruptionBudget"
  ];
  const share = Number(/^(\d+)%$/.exec(maxUnavailable as string)?.[1]) / 100;
  for (let pods = 2; pods <= 20; pods++) {
    const turns = Math.ceil(Math.ceil(pods / 2) / Math.ceil(pods * share));
    expect((turns - 1) * NEW_POD_SECONDS + traefik.termination).toBeLessThanOrEqual(MANAGED_UPDATE_SECONDS);
  }
  expect(streaming.safeParse({ drain: LONGEST }).success).toBe(true);
  expect(streaming.safeParse({ drain: `${seconds(LONGEST) + 60}s` }).success).toBe(false);
});

it("lets Terraform wait longer for a node group than EKS takes for three waves of the longest drain", () => {
  const wave = MANAGED_UPDATE_SECONDS + times("60m", LONGEST).loadBalancer.deregistrationDelay;
  expect(times("60m", LONGEST).nodeGroup).toBeGreaterThanOrEqual(3 * (wave + 300));
});

it("finishes the longest drain allowed on spot before the node is gone", () => {
  for (const { termination } of Object.values(times("60m", "90s").pods))
    expect(termination).toBeLessThanOrEqual(SPOT_NOTICE_SECONDS);
});

describe.each(["dev", "staging", "prod"])("the times of %s", (name) => {
  const { infra, app } = synth(name);
  const wanted = streamTimes(loadEnvironment(name));

  it("are those of the load balancer", () => {
    for (const { body } of infra.of("aws_lb_listener"))
      expect(body["tcp_idle_timeout_seconds"]).toBe(wanted.loadBalancer.tcpIdle);
    for (const { body } of infra.of("aws_lb_target_group"))
      expect(body["deregistration_delay"]).toBe(String(wanted.loadBalancer.deregistrationDelay));
  });

  it("are those of Traefik, at each entry point", () => {
    const { deployment, ports } = helmValues(infra.one("helm_release", "traefik"));
    expect(deployment.terminationGracePeriodSeconds).toBe(wanted.traefik.termination);
    for (const [id, port] of Object.entries(ports as Record<string, any>))
      expect(port.transport.lifeCycle).toEqual({
        requestAcceptGraceTimeout: `${wanted.traefik.acceptGrace}s`,
        graceTimeOut: `${["traefik", "metrics"].includes(id) ? 0 : wanted.traefik.drain}s`,
      });
  });

  it("are those of the pods, and the backend is told", () => {
    for (const key of SERVICE_KEYS) {
      const pod = app.one("kubernetes_deployment_v1", SERVICES[key].name).body["spec"].template.spec;
      expect(pod.termination_grace_period_seconds).toBe(wanted.pods[key].termination);
    }
    expect(app.one("kubernetes_config_map_v1", "wbot-ai").body["data"]).toMatchObject({
      STREAM_HEARTBEAT_SECONDS: "15",
      UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN: String(wanted.pods.ai.drain),
    });
  });

  it("are Terraform's for the node groups", () => {
    const patience = `${Math.ceil(wanted.nodeGroup / 60)}m`;
    for (const { body } of infra.of("aws_eks_node_group"))
      expect(body["timeouts"]).toEqual({ update: patience, delete: patience });
  });

  it("are the autoscaler's, which defaults to ten minutes", () => {
    const { extraArgs } = helmValues(infra.one("helm_release", "cluster-autoscaler"));
    expect(extraArgs["max-graceful-termination-sec"]).toBe(wanted.autoscalerPatience);
  });
});

const time = (traffic: object) => bodySeconds(loadEnvironment("dev", { overrides: { traffic } }).traffic);

it("is as long as the largest body takes at 384 kbit/s, for the API as for the pages", () => {
  expect(time({})).toBe(219);
  expect(time({ api: { maxBodyMiB: 100 } })).toBe(2185);
  expect(time({ pages: { maxBodyMiB: 100 } })).toBe(2185);
});

it("leaves a minute for the smallest, and is below the 300 s that Node.js gives a request by default", () => {
  expect(time({ api: { maxBodyMiB: 1 }, pages: { maxBodyMiB: 1 } })).toBe(60);
  expect(time({})).toBeLessThan(300);
});

it("exceeds them from the size on that docs/images.md names", () => {
  const page = readFileSync(join(__dirname, "../../docs/images.md"), "utf8");
  const [, size = ""] = /from a `maxBodyMiB` of (\d+) on/.exec(page) ?? [];
  const of = (maxBodyMiB: number) => time({ pages: { maxBodyMiB } });
  expect([of(Number(size) - 1) > 300, of(Number(size)) > 300]).toEqual([false, true]);
});

it("is what is configured, for bodies that are sent while they are spoken", () => {
  expect(time({ bodyTime: "30m" })).toBe(1800);
});
