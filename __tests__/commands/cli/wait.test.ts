import { ApiException } from "@kubernetes/client-node";
import { sdkError } from "../sdk-error";
import { untilItHolds } from "../../../commands/cli/wait";

const refused = (code: number): Error => new ApiException(code, "", "{}", {});
const dropped = new Error("ECONNRESET");
const held = { status: "pass", why: "ready" } as const;
const warned = { status: "warn", why: "not yet" } as const;

it.each<[string, Error]>([
  ["a dropped connection", dropped],
  ["too many requests", refused(429)],
  ["a failure of Kubernetes", refused(503)],
])("tries again after %s", async (_, error) => {
  const attempt = jest.fn().mockRejectedValueOnce(error).mockResolvedValue(held);
  expect(await untilItHolds(attempt, 1000, { pause: 5 })).toEqual(held);
  expect(attempt).toHaveBeenCalledTimes(2);
});

it("throws what the last attempt threw, once the time is over", async () => {
  const attempt = jest.fn().mockRejectedValue(dropped);
  await expect(untilItHolds(attempt, 100, { pause: 5 })).rejects.toBe(dropped);
  expect(attempt.mock.calls.length).toBeGreaterThan(1);
});

it.each<[string, Error]>([
  ["403", refused(403)],
  ["404", refused(404)],
  ["AWS's denial", sdkError("AccessDeniedException")],
  ["expired credentials", sdkError("ExpiredTokenException")],
])("doesn't wait for what is refused with %s", async (_, error) => {
  const attempt = jest.fn().mockRejectedValue(error);
  await expect(untilItHolds(attempt, 1000, { pause: 5 })).rejects.toBe(error);
  expect(attempt).toHaveBeenCalledTimes(1);
});

it("asks what to do only about what doesn't hold", async () => {
  const fix = jest.fn().mockResolvedValue("wait");
  expect(await untilItHolds(() => Promise.resolve(held), 0, { fix })).toEqual(held);
  expect(fix).not.toHaveBeenCalled();
  expect(await untilItHolds(() => Promise.resolve(warned), 0, { fix })).toEqual({ ...warned, fix: "wait" });
});

it("waits for better than a warning", async () => {
  const attempt = jest.fn().mockResolvedValueOnce(warned).mockResolvedValue(held);
  expect(await untilItHolds(attempt, 1000, { pause: 5 })).toEqual(held);
  expect(await untilItHolds(() => Promise.resolve(warned), 0)).toMatchObject(warned);
});

it("makes no second attempt where what to do about a final failure can't be told", async () => {
  const attempt = jest.fn().mockResolvedValue({ ...warned, final: true });
  const fix = () => Promise.reject(dropped);
  await expect(untilItHolds(attempt, 1000, { pause: 5, fix })).rejects.toBe(dropped);
  expect(attempt).toHaveBeenCalledTimes(1);
});
