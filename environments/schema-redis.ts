import { z } from "zod";
import { flag, group, oneOf, retention, text, whole } from "./schema-fields";
import { DAILY_WINDOW, WEEKLY_WINDOW } from "./windows";

/**
 * ElastiCache's versions of each engine, the default first: to add one, add it here.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html
 */
export const REDIS_VERSIONS = {
  valkey: ["8.0", "8.1", "8.2", "9.0", "9.1"],
  // The last Redis OSS.
  redis: ["7.1"],
} as const;

export const redis = z
  .discriminatedUnion(
    "kind",
    [
      group({
        kind: z.literal("elasticache"),
        engine: oneOf(["valkey", "redis"])
          .default("valkey")
          .describe(
            "Valkey is a fifth cheaper and uses the same protocol. AWS refuses to change it later: a Redis OSS cache can't have Valkey's users",
          ),
        version: text(/^\d+\.\d+$/, 'an engine version such as "8.0"')
          .optional()
          .describe(
            `Engine version. Default: ${REDIS_VERSIONS.valkey[0]} (valkey), ${REDIS_VERSIONS.redis[0]} (redis)`,
          ),
        nodeType: text(
          /^cache\.(t[2-9][a-z]*\.(micro|small|medium)|(?!r6gd\.)[cmr]\d[a-z]*\.(medium|large|\d*xlarge))$/,
          'an ElastiCache node type such as "cache.t4g.small" (t2, t3 and t4g end at medium; data tiering, of r6gd, is not supported)',
        ).describe(
          "ElastiCache node type. Preflight doesn't check whether the region has it: the newest regions, such as ap-southeast-7 and mx-central-1, have only t3, t4g, m7g and r7g",
        ),
        replicas: whole(0, 5, "replicas")
          .default(0)
          .describe("Replicas; one or more enable Multi-AZ failover"),
        snapshotRetentionDays: whole(0, 35, "days")
          .default(1)
          .describe("Retention of daily snapshots (days); 0 for none"),
        snapshotWindow: text(DAILY_WINDOW, 'a daily UTC window such as "03:00-04:00"')
          .default("03:00-04:00")
          .describe("When snapshots are taken (UTC)"),
        maintenanceWindow: text(WEEKLY_WINDOW, 'a weekly UTC window such as "sun:05:00-sun:06:00"')
          .default("sun:05:00-sun:06:00")
          .describe("When AWS may apply patches (UTC)"),
        finalSnapshot: flag()
          .default(false)
          .describe("Takes a final snapshot on destroy, which stays and is billed"),
        logRetentionDays: retention().default(30).describe("Retention of the slow log (days)"),
        // Automatic snapshots, named "automatic.…", are deleted with their Redis, which a restore replaces.
        restoreFrom: text(
          /^[a-z](-?[a-z0-9])*$/,
          "the name of a snapshot taken by hand in the same region; copy an automatic one first, since it would be deleted with its Redis (aws elasticache copy-snapshot)",
        )
          .optional()
          .describe(
            "Snapshot to create Redis from. Setting it replaces an existing Redis; removing it changes nothing: docs/recovery.md",
          ),
        passwordRotation: whole(0, 1_000_000, "steps")
          .default(0)
          .describe(
            "Raise by one and deploy to change the password without downtime: an odd number adds a password, the next even number gives it to the pods, and, once they have restarted, the next odd number removes the old one: docs/runbooks/rotate-everything.md",
          ),
      }),
      group({
        kind: z.literal("in-cluster"),
        storageGiB: whole(1, 100, "GiB").default(1).describe("Volume of the in-cluster Redis (GiB)"),
        passwordRotation: whole(0, 1_000_000, "steps")
          .default(0)
          .describe("Raise by one and deploy for a new password"),
      }),
    ],
    { error: 'kind "elasticache", or in development kind "in-cluster"' },
  )
  .describe("The embedding cache: ElastiCache, or in development one pod in the cluster");
