import { loadEnvironment } from "../../environments";
import { missingCluster, noImage } from "../../environments/hints";
import { EVERY_TAG } from "../../environments/services";

const staging = loadEnvironment("staging");

it("without infra, says how to deploy it", () => {
  expect(missingCluster(staging)).toBe(
    "There is no EKS cluster wbot-staging in us-east-1: deploy the stack infra of environment staging first:\n\n" +
      "  WBOT_ENV=staging npx cdktf deploy infra\n",
  );
  expect(missingCluster(staging, "npx wbot deploy infra --env staging")).toMatch(
    /first:\n\n {2}npx wbot deploy infra --env staging\n$/,
  );
});

it("without an image, says how to name one", () => {
  expect(noImage(staging, "wbot-ai")).toBe(
    `wbot-ai has no image: none is running, and none was specified:\n\n  npx wbot deploy --env staging --image-tag ${EVERY_TAG}\n`,
  );
});
