import { synth, target } from "../../synth";

describe("the log group of the pods' logs", () => {
  it.each([
    ["staging", 7],
    ["prod", 30],
  ])("of %s keeps them %i days, encrypted with the environment's key", (name, days) => {
    const { infra } = synth(name);
    const { body } = infra.one("aws_cloudwatch_log_group", "log-store");
    expect(body).toMatchObject({ name: `/aws/eks/wbot-${name}/pods`, retention_in_days: days });
    expect(target(infra, body["kms_key_id"])).toBe(infra.one("aws_kms_key"));
  });

  it("has the stream that CloudWatch's endpoint doesn't make", () => {
    const { infra } = synth("prod");
    const stream = infra.one("aws_cloudwatch_log_stream");
    expect(target(infra, stream.body["log_group_name"])).toBe(
      infra.one("aws_cloudwatch_log_group", "log-store"),
    );
  });

  it("is not there where logs go elsewhere, or nowhere", () => {
    for (const [name, overrides] of [
      ["dev", {}],
      ["prod", { observability: { logs: { kind: "loki" } } }],
      ["prod", { observability: { logs: { kind: "otlp", endpoint: "https://otlp.example.com" } } }],
    ] as const)
      expect(
        synth(name, overrides).infra.all.filter(
          ({ path, type }) => path.startsWith("log-store") && type.startsWith("aws_cloudwatch"),
        ),
      ).toEqual([]);
  });
});
