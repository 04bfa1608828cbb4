import { EnvironmentError, loadEnvironment } from "../../environments";
import { windowProblems } from "../../environments/windows";

it.each([
  ["03:00-04:00", "sun:05:00-sun:06:00", ""],
  ["03:00-04:00", "sun:04:00-sun:05:00", ""],
  ["23:30-00:30", "mon:00:30-mon:01:30", ""],
  ["03:00-03:59", "sun:05:00-sun:06:00", "daily"],
  ["03:00-03:00", "sun:05:00-sun:06:00", "daily"],
  ["03:00-04:00", "sun:05:00-sun:05:30", "weekly"],
  ["03:00-04:00", "mon:05:00-wed:05:00", "weekly,overlap"],
  ["03:00-04:00", "wed:03:30-wed:04:30", "overlap"],
  ["23:30-00:30", "sun:00:00-sun:01:00", "overlap"],
  ["23:30-00:30", "sun:23:00-mon:00:00", "overlap"],
])("finds in %s and %s: %s", (daily, weekly, problems) => {
  const found = Object.entries(windowProblems(daily, weekly)).filter(([, is]) => is);
  expect(found.map(([what]) => what).join()).toBe(problems);
});

const LENGTH = "it must be a window of 60 minutes to 24 hours";

it.each([
  [{ snapshotWindow: "03:00-03:30" }, `redis.snapshotWindow is "03:00-03:30": ${LENGTH}`],
  [
    { maintenanceWindow: "sun:05:00-sun:05:30" },
    `redis.maintenanceWindow is "sun:05:00-sun:05:30": ${LENGTH}`,
  ],
  [
    { snapshotWindow: "05:30-06:30" },
    'redis.snapshotWindow is "05:30-06:30": it must be a window that does not overlap redis.maintenanceWindow (sun:05:00-sun:06:00)',
  ],
  [
    { snapshotWindow: "25:00-26:00" },
    'redis.snapshotWindow is "25:00-26:00": it must be a daily UTC window such as "03:00-04:00"',
  ],
])("refuses what ElastiCache would: %j", (redis, text) => {
  const load = () => loadEnvironment("staging", { overrides: { redis: { kind: "elasticache", ...redis } } });
  expect(load).toThrow(EnvironmentError);
  expect(load).toThrow(text);
});
