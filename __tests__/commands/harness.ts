import type { KubeConfig } from "@kubernetes/client-node";
import { Session } from "../../commands/session/session";

/** The cluster that every session finds from now on, until mocks are restored; undefined: none. */
export function clusterIs(config: KubeConfig | undefined) {
  return jest.spyOn(Session.prototype, "kubernetes").mockResolvedValue(config);
}
