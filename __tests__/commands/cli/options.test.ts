import { typedCommand } from "../../../commands/cli/options";
import { loadEnvironment } from "../../../environments";

const { argv } = process;
afterEach(() => {
  process.argv = argv;
  delete process.env["WBOT_IMAGE_TAG"];
});

it.each([
  ["deploy app --yes", "", "deploy app --yes --env prod"],
  ["deploy --env=prod", "", "deploy '--env=prod'"],
  ["deploy --env prod", "ai=v1", "deploy --env prod --image-tag 'ai=v1'"],
  ["deploy --image-tag ai=v1 --env prod", "ai=v1", "deploy --image-tag 'ai=v1' --env prod"],
])(
  "repeats the command %j, and what it took from WBOT_ENV and WBOT_IMAGE_TAG (%j)",
  (line, images, typed) => {
    process.argv = ["node", "wbot", ...line.split(" ")];
    process.env["WBOT_IMAGE_TAG"] = images;
    expect(typedCommand(loadEnvironment("prod"))).toBe(`npx wbot ${typed}`);
  },
);

it("repeats it as a shell needs it", () => {
  process.argv = ["node", "wbot", "deploy", "--reviewed", "my diff.json", "--check-drain", "/stream?long=1"];
  expect(typedCommand(loadEnvironment("dev"))).toBe(
    "npx wbot deploy --reviewed 'my diff.json' --check-drain '/stream?long=1' --env dev",
  );
});
