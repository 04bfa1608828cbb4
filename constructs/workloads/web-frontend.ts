import { addressOf } from "../../environments/services";
import type { EnvironmentStack } from "../environment-stack";
import { Workload, type WorkloadProps } from "./workload";

/** wbot-web: the TanStack Start server that renders the pages. */
export class WebFrontend extends Workload {
  constructor(stack: EnvironmentStack, id: string, props: WorkloadProps) {
    const { name, port } = addressOf("ai");
    super(stack, id, { ...props, variables: { API_URL: `http://${name}:${port}` } });
  }
}
