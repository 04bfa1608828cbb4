import { newer } from "../../../commands/charts/versions";

it("tells the newest version of the same major, and the newest of all", () => {
  const published = ["1.9.0", "1.10.2", "1.10.10", "2.0.0", "0.9.9", "1.8.5"];
  expect(newer("1.9.0", published)).toEqual({ compatible: "1.10.10", newest: "2.0.0" });
  expect(newer("v1.9.0", ["v1.9.0", "v1.9.1"])).toEqual({ compatible: "v1.9.1", newest: "v1.9.1" });
});

it("finds nothing newer than the newest", () => {
  expect(newer("2.0.0", ["1.9.0", "2.0.0"])).toEqual({ compatible: undefined, newest: undefined });
});

it("leaves out pre-releases, and what is no version", () => {
  const published = ["1.9.1-rc.1", "latest", "sha256-0c1d.sig", "2.0.0-beta1", "1.9"];
  expect(newer("1.9.0", published)).toEqual({ compatible: undefined, newest: undefined });
});
