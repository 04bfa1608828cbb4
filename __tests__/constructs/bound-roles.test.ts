import { CI } from "./ci/scope";
import { synth } from "../synth";

it("bounds every role of both stacks if CI deploys them, and none otherwise", () => {
  const domain = { hostedZoneId: "Z0000000000EXAMPLE" };
  const boundaries = ({ infra, app }: ReturnType<typeof synth>) =>
    [...infra.of("aws_iam_role"), ...app.of("aws_iam_role")].map(({ body }) => body["permissions_boundary"]);
  const bound = boundaries(synth("prod", { ...CI, domain }));
  expect(bound.length).toBeGreaterThanOrEqual(9);
  expect(new Set(bound)).toEqual(new Set(["arn:aws:iam::111122223333:policy/wbot-prod-boundary"]));
  expect(new Set(boundaries(synth("prod", { domain })))).toEqual(new Set([undefined]));
});

it("names the boundary that the bootstrap stack creates, in GovCloud too", () => {
  const { infra } = synth("prod", {
    ...CI,
    region: "us-gov-west-1",
    zones: ["us-gov-west-1a", "us-gov-west-1b", "us-gov-west-1c"],
    access: { admins: ["arn:aws-us-gov:iam::111122223333:role/wbot-admin"] },
  });
  for (const { body } of infra.of("aws_iam_role"))
    expect(body["permissions_boundary"]).toBe("arn:aws-us-gov:iam::111122223333:policy/wbot-prod-boundary");
});
