import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { CommandError } from "../cli/exit-codes";

const FOLDER = join(__dirname, "..", "..", "environments");
const GROUP = "redis";
const SETTING = "passwordRotation";

/** The file that redis.passwordRotation is to be written to, as people know it. */
export function rotationFile(name: string, folder = FOLDER): string {
  return `environments/${inLocalFile(name, folder) ? `${name}.local.json` : `${name}.ts`}`;
}

function inLocalFile(name: string, folder: string): boolean {
  const file = join(folder, `${name}.local.json`);
  if (!existsSync(file)) return false;
  const local = JSON.parse(readFileSync(file, "utf8")) as { [GROUP]?: object };
  // A group that is replaced whole, by another kind, is replaced there.
  return local[GROUP] !== undefined && (SETTING in local[GROUP] || "kind" in local[GROUP]);
}

/** Writes the setting, and leaves the rest of its file as it is. */
export function raiseRotation(name: string, step: number, folder = FOLDER): void {
  const file = join(folder, rotationFile(name, folder).replace("environments/", ""));
  const text = readFileSync(file, "utf8");
  const changed = file.endsWith(".json") ? inJson(text, step) : inTypeScript(name, text, step);
  // By a rename, so that an interruption leaves the old file or the new one.
  writeFileSync(`${file}.written`, changed);
  renameSync(`${file}.written`, file);
}

function inJson(text: string, step: number): string {
  const local = JSON.parse(text) as Record<string, Record<string, unknown>>;
  return `${JSON.stringify({ ...local, [GROUP]: { ...local[GROUP], [SETTING]: step } }, null, 2)}\n`;
}

function inTypeScript(name: string, text: string, step: number): string {
  const source = ts.createSourceFile(`${name}.ts`, text, ts.ScriptTarget.Latest, true);
  const groups: ts.ObjectLiteralExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && named(node, GROUP) && ts.isObjectLiteralExpression(node.initializer))
      groups.push(node.initializer);
    ts.forEachChild(node, visit);
  };
  visit(source);
  const [group] = groups;
  if (group === undefined || groups.length > 1)
    throw new CommandError(
      `environments/${name}.ts does not write ${GROUP} as one object, so that it can't be edited here. Write it by hand: ${GROUP}: { ${SETTING}: ${step} }, then deploy infra.`,
    );
  const setting = group.properties.find((property) => named(property, SETTING));
  if (setting !== undefined && ts.isPropertyAssignment(setting))
    return spliced(text, setting.initializer.getStart(), setting.initializer.getEnd(), String(step));
  const last = group.properties.at(-1);
  const at = last?.getEnd() ?? group.getStart() + 1;
  return spliced(text, at, at, `${last === undefined ? "" : ", "}${SETTING}: ${step}`);
}

function named(node: ts.ObjectLiteralElementLike, name: string): boolean {
  return node.name !== undefined && ts.isIdentifier(node.name) && node.name.text === name;
}

function spliced(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}
