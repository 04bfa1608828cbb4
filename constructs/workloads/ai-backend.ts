import { seconds } from "../../environments/duration";
import type { EnvironmentStack } from "../environment-stack";
import { corsOrigins } from "./traffic";
import { Workload, type WorkloadProps } from "./workload";

/** wbot-ai: the LangGraph service that generates and streams answers. */
export class AiBackend extends Workload {
  constructor(stack: EnvironmentStack, id: string, props: WorkloadProps) {
    const { environment } = stack;
    const { langsmith, streaming } = environment;
    super(stack, id, {
      ...props,
      variables: {
        CORS_ORIGINS: corsOrigins(environment).join(","),
        LANGSMITH_TRACING: String(langsmith.enabled),
        LANGSMITH_PROJECT: langsmith.project ?? stack.names.prefix,
        LANGSMITH_ENDPOINT: langsmith.endpoint,
        STREAM_HEARTBEAT_SECONDS: String(seconds(streaming.heartbeat)),
      },
    });
  }
}
