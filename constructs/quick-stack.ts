import {
  DefaultTokenResolver,
  StringConcat,
  TerraformElement,
  TerraformOutput,
  TerraformStack,
  Tokenization,
} from "cdktf";
import { deepMerge } from "cdktf/lib/util";

/** A stack without the parts of cdktf's synth that these stacks don't need, and that take a good part of its time. */
export abstract class QuickStack extends TerraformStack {
  /**
   * Does nothing. cdktf's own resolves every token once more, to turn references between stacks into outputs and remote
   * state, which takes a tenth of a synth. These stacks look each other up by name, and set their own backends.
   */
  override prepareStack(): void {
    return;
  }

  /**
   * The same as cdktf's own, which resolves every element's part, and then all of them once more: a tenth of a synth, and a
   * good part of its garbage.
   */
  override toTerraform(): object {
    const resolver = new DefaultTokenResolver(new StringConcat());
    const resolve = (part: object): object =>
      Tokenization.resolve(part, { scope: this, preparing: false, resolver }) as object;
    const elements = this.node.findAll().filter((child) => TerraformElement.isTerraformElement(child));
    const outputs = elements.filter((element) => TerraformOutput.isTerraformOutput(element));
    const overrides = Reflect.get(this, "rawOverrides") as object;
    const metadata = {
      version: this.node.tryGetContext("cdktfVersion") as string,
      stackName: this.node.id,
      backend: "local",
      overrides: { stack: Object.keys(overrides) },
    };
    const parts: object[] = [
      ...elements.map((element) => ({ "//": { metadata: element.toMetadata() as object } })),
      ...outputs.map(({ node, friendlyUniqueId }) => ({
        "//": { outputs: nested(node.path, friendlyUniqueId) },
      })),
      ...elements.map((element) => element.toTerraform() as object),
      overrides,
    ];
    return deepMerge({ "//": { metadata, outputs: {} } }, ...parts.map(resolve)) as object;
  }
}

/** { a: { b: value } } for the path "a/b". */
function nested(path: string, value: string): object {
  return path.split("/").reduceRight<unknown>((below, part) => ({ [part]: below }), value) as object;
}

const captureStackTrace = Error.captureStackTrace.bind(Error);

/**
 * cdktf records a stack trace for each token, and shows it only if the token can't be resolved. Recording them takes a
 * tenth of a synth. To keep them: NODE_OPTIONS=--enable-source-maps
 */
export function withoutCreationStacks(work: () => void): void {
  if (!process.sourceMapsEnabled) Error.captureStackTrace = () => undefined;
  try {
    work();
  } finally {
    Error.captureStackTrace = captureStackTrace;
  }
}
