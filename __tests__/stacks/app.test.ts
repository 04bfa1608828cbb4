import { App } from "cdktf";
import { EnvironmentError, loadEnvironment } from "../../environments";
import { SERVICES } from "../../environments/services";
import { AppStack } from "../../stacks/app";

it("says which row of services.ts must be above which, instead of a stack trace", () => {
  jest.replaceProperty(SERVICES, "ai", { ...SERVICES.ai, calls: ["web"] });
  const build = () => new AppStack(new App(), loadEnvironment("dev"));
  expect(build).toThrow(EnvironmentError);
  expect(build).toThrow(
    'In environments/services.ts, the row "web" must come before the row "ai", which calls it. Services can\'t call themselves or each other, since one starts after those it calls.',
  );
});
