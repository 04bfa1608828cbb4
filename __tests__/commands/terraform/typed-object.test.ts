import { objectOf } from "../../../commands/terraform/typed-object";

it.each([
  ["kubernetes_service_account_v1", "v1", "ServiceAccount"],
  ["kubernetes_stateful_set_v1", "apps/v1", "StatefulSet"],
  ["kubernetes_horizontal_pod_autoscaler_v2", "autoscaling/v2", "HorizontalPodAutoscaler"],
  ["kubernetes_cron_job_v1", "batch/v1", "CronJob"],
])("says what %s creates", (type, apiVersion, kind) => {
  expect(objectOf({ type, body: {} })).toEqual({ apiVersion, kind });
});

it.each(["kubernetes_labels", "kubernetes_config_map_v1_data", "aws_vpc"])(
  "knows no object of %s",
  (type) => {
    expect(objectOf({ type, body: {} })).toBeUndefined();
  },
);
