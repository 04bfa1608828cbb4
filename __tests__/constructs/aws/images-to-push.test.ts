import { NAMED, synth } from "../../synth";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const ELSEWHERE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shared/wbot-web";

const found = (...args: Parameters<typeof synth>) => synth(...args).app.of("data.aws_ecr_image");

it("must be in this environment's repositories before app is planned", () => {
  const images = found("staging", {
    ai: { image: { tag: "v1" } },
    web: { image: { tag: "v1", digest: DIGEST } },
  });
  const [ai, web] = images;
  expect(images).toHaveLength(2);
  expect(ai?.body).toMatchObject({ repository_name: "staging/wbot-ai", image_tag: "v1" });
  // What is pulled.
  expect(web?.body).toMatchObject({ repository_name: "staging/wbot-web", image_digest: DIGEST });
  expect(web?.body).not.toHaveProperty("image_tag");
});

it("are named, with what to do, in the key that Terraform prints beside AWS's error", () => {
  const [ai] = found("dev", NAMED);
  expect(ai?.path).toBe("images-to-push/wbot-ai:v0.1.0");
  expect(ai?.body["for_each"]).toBe(
    '${toset(["dev/wbot-ai:v0.1.0 must have been pushed to ECR: push it, then deploy app again"])}',
  );
  expect(ai?.address).toMatch(/^data\.aws_ecr_image\.images-to-push_wbot-ai/);
});

it("are checked after infra, which must be reported first, and before signing in to the cluster", () => {
  const { app } = synth("dev", NAMED);
  for (const image of app.of("data.aws_ecr_image")) {
    expect(app.isAfter(image, app.one("data.aws_eks_clusters"))).toBe(true);
    expect(app.isAfter(app.one("data.aws_eks_cluster"), image)).toBe(true);
  }
});

it("are not checked elsewhere, if none is named, or for a destroy", () => {
  expect(found("prod")).toEqual([]);
  expect(
    found("prod", {
      ai: { image: { repository: "ghcr.io/acme/ai", tag: "v1" } },
      web: { image: { repository: ELSEWHERE, tag: "v1" } },
    }),
  ).toEqual([]);
  expect(found("dev", NAMED, undefined, { checks: false })).toEqual([]);
});
