/** Text that Terraform must leave alone: what looks like one of its templates in it is escaped. */
export function literal(text: string): string {
  // By functions: in a replacement string "$$" would mean one "$".
  return text.replaceAll("${", () => "$${").replaceAll("%{", () => "%%{");
}
