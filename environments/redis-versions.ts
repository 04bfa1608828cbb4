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
