import { loadEnvironment } from "../../environments";
import { bodySeconds } from "../../environments/body-time";

const time = (traffic: object) => bodySeconds(loadEnvironment("dev", { overrides: { traffic } }).traffic);

it("is as long as the largest body takes at 384 kbit/s, for the API as for the pages", () => {
  expect(time({})).toBe(219);
  expect(time({ api: { maxBodyMiB: 100 } })).toBe(2185);
  expect(time({ pages: { maxBodyMiB: 100 } })).toBe(2185);
});

it("leaves a minute for the smallest, and is below the 300 s that Node.js gives a request by default", () => {
  expect(time({ api: { maxBodyMiB: 1 }, pages: { maxBodyMiB: 1 } })).toBe(60);
  expect(time({})).toBeLessThan(300);
});

it("is what is configured, for bodies that are sent while they are spoken", () => {
  expect(time({ bodyTime: "30m" })).toBe(1800);
});
