import { typedKind } from "../../../commands/terraform/kubernetes-type";

it.each([
  ["kubernetes_service_account_v1", "v1", "ServiceAccount"],
  ["kubernetes_stateful_set_v1", "apps/v1", "StatefulSet"],
  ["kubernetes_horizontal_pod_autoscaler_v2", "autoscaling/v2", "HorizontalPodAutoscaler"],
  ["kubernetes_cron_job_v1beta1", "batch/v1beta1", "CronJob"],
])("says what %s creates", (type, apiVersion, kind) => {
  expect(typedKind(type)).toEqual({ apiVersion, kind });
});

it.each(["kubernetes_manifest", "kubernetes_labels", "kubernetes_config_map_v1_data", "aws_vpc"])(
  "knows no kind of %s",
  (type) => {
    expect(typedKind(type)).toBeUndefined();
  },
);
