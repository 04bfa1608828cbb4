import { custom, metadata, synth, type Body } from "../../synth";
import { accepts, allowed, INTERNET, pods, STRANGER, TRAEFIK, VPC, type End } from "../../connections";

const written = synth("dev", { redis: { kind: "in-cluster", storageGiB: 3 } });
const { infra, app } = written;
const redis = app.one("kubernetes_stateful_set_v1");
const spec = redis.body["spec"] as Body;
const pod = spec["template"].spec as Body;
const container = pod["container"][0] as Body;

describe("an in-cluster Redis, as in the original manifests", () => {
  it("is one pod at port 6379", () => {
    expect(spec["replicas"]).toBe("1");
    expect(container["port"]).toEqual([{ name: "redis", container_port: 6379 }]);
  });

  it("is probed by redis-cli ping, with the password in no process list", () => {
    for (const probe of ["liveness_probe", "readiness_probe"]) {
      const command = container[probe].exec.command.join(" ") as string;
      expect(command).toContain('REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli ping');
      // Without it, an error answer is a success: redis-cli exits with 0.
      expect(command).toContain("grep -q PONG");
      expect(command).not.toMatch(/ -a /);
    }
  });

  it("gets 100m to 500m of CPU and 128Mi to 512Mi of memory, and evicts before it is killed", () => {
    expect(container["resources"]).toEqual({
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { cpu: "500m", memory: "512Mi" },
    });
    const [, most] = /maxmemory (\d+)mb/.exec(container["command"].join(" ") as string) ?? [];
    expect(Number(most)).toBeLessThan(512);
    expect(container["command"].join(" ")).toContain("maxmemory-policy allkeys-lru");
  });

  it("keeps its data on an encrypted gp3 volume, created in the zone of its pod", () => {
    const storage = app.one("kubernetes_storage_class_v1");
    const [claim] = spec["volume_claim_template"] as Body[];
    expect(claim?.["spec"]).toMatchObject({
      storage_class_name: `\${${storage.address}.metadata[0].name}`,
      resources: { requests: { storage: "3Gi" } },
    });
    expect(storage.body).toMatchObject({
      storage_provisioner: "ebs.csi.aws.com",
      volume_binding_mode: "WaitForFirstConsumer",
      parameters: { type: "gp3", encrypted: "true" },
    });
    expect(container["volume_mount"]).toEqual([
      { name: claim?.["metadata"].name as string, mount_path: "/data" },
      { name: "config", mount_path: "/run/redis" },
    ]);
  });

  it("gets a new volume of another size: Terraform ignores a changed claim, unless its name differs", () => {
    const claimOf = (storageGiB: number) => {
      const { app } = synth("dev", { redis: { kind: "in-cluster", storageGiB } });
      return app.one("kubernetes_stateful_set_v1").body["spec"].volume_claim_template[0].metadata as Body;
    };
    expect(claimOf(3)).toEqual({ name: "data-3gib", labels: spec["selector"].match_labels });
    expect(claimOf(5)["name"]).toBe("data-5gib");
  });

  it("deletes its volume with it, which would otherwise be billed forever", () => {
    expect(spec["persistent_volume_claim_retention_policy"]).toEqual([
      { when_deleted: "Delete", when_scaled: "Delete" },
    ]);
    expect(app.one("kubernetes_storage_class_v1").body["reclaim_policy"]).toBe("Delete");
  });
});

describe("an in-cluster Redis", () => {
  it("gets its password from its secret, and rolls when it changes", () => {
    expect(container["env_from"]).toEqual([{ secret_ref: { name: "wbot-redis-secrets" } }]);
    expect(container).not.toHaveProperty("env");
    expect(metadata(redis)["annotations"]).toEqual({
      "secret.reloader.stakater.com/reload": "wbot-redis-secrets",
    });
    expect(redis.body["lifecycle"].ignore_changes).toEqual([
      'spec[0].template[0].metadata[0].annotations["reloader.stakater.com/last-reloaded-from"]',
    ]);
  });

  it("permits what ElastiCache does and no more, so that what works here works there", () => {
    const { access_string: rights } = synth("dev").infra.one("aws_elasticache_user").body;
    expect(container["command"].join(" ")).toContain(`'user default >%s &* ${rights as string}\\nmaxmemory `);
  });

  it("is found under the host that infra wrote into the secret", () => {
    const service = app.one("kubernetes_service_v1", "redis/");
    const version = JSON.stringify(infra.one("aws_secretsmanager_secret_version").body);
    expect(version).toContain(`${String(metadata(service)["name"])}.wbot.svc.cluster.local`);
    expect(service.body["spec"]).toMatchObject({
      cluster_ip: "None",
      port: [{ port: 6379, target_port: "redis" }],
      selector: spec["selector"].match_labels as object,
    });
  });

  it("runs on on-demand nodes only, since it holds state", () => {
    expect(pod["affinity"]).toEqual({
      node_affinity: {
        required_during_scheduling_ignored_during_execution: {
          node_selector_term: [
            {
              match_expressions: [
                { key: "eks.amazonaws.com/capacityType", operator: "In", values: ["ON_DEMAND"] },
              ],
            },
          ],
        },
      },
    });
  });

  it("replaces ElastiCache, which is not created", () => {
    expect(infra.of("aws_elasticache_replication_group")).toEqual([]);
    expect(synth("dev").app.of("kubernetes_stateful_set_v1")).toEqual([]);
  });

  it("is reachable only by the AI, at its port", () => {
    const to = pods(app, "wbot-redis");
    const reached: [End, number, boolean][] = [
      [pods(app, "wbot-ai"), 6379, true],
      [pods(app, "wbot-ai"), 443, false],
      [pods(app, "wbot-web"), 6379, false],
      [TRAEFIK, 6379, false],
      [STRANGER, 6379, false],
      [VPC, 6379, false],
      [INTERNET, 6379, false],
    ];
    for (const [from, port, expected] of reached) {
      expect([from, port, allowed(written, from, to, port)]).toEqual([from, port, expected]);
    }
    // Whatever their own policies would allow.
    for (const from of [pods(app, "wbot-web"), STRANGER]) {
      expect(accepts(written, from, to, 6379)).toBe(false);
    }
    expect(allowed(written, to, INTERNET, 443)).toBe(false);
  });

  it("leaves the AI no route to unused ElastiCache subnets", () => {
    expect(allowed(written, pods(app, "wbot-ai"), { address: "10.0.128.5" }, 6379)).toBe(false);
  });

  it("is ready before the AI starts, and has its password before that", () => {
    expect(redis.body["wait_for_rollout"]).toBe(true);
    expect(app.isAfter(app.one("kubernetes_deployment_v1", "wbot-ai"), redis)).toBe(true);
    expect(app.isAfter(redis, custom(app, "ExternalSecret", "wbot-redis-secrets"))).toBe(true);
  });

  it("is admitted under restricted pod security, without a token, and with only its volume and its memory writable", () => {
    expect(pod["automount_service_account_token"]).toBe(false);
    expect(app.one("kubernetes_service_account_v1", "redis/").body["automount_service_account_token"]).toBe(
      false,
    );
    expect(pod["security_context"]).toMatchObject({
      run_as_non_root: true,
      seccomp_profile: { type: "RuntimeDefault" },
    });
    expect(container["security_context"]).toMatchObject({
      run_as_non_root: true,
      allow_privilege_escalation: false,
      read_only_root_filesystem: true,
      capabilities: { drop: ["ALL"] },
      seccomp_profile: { type: "RuntimeDefault" },
    });
    expect(pod["volume"]).toEqual([{ name: "config", empty_dir: { medium: "Memory", size_limit: "1Mi" } }]);
  });
});
