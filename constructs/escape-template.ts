/** Escapes Terraform's template sequences, so that the text reaches the resource as is. */
export function escapeTemplate(text: string): string {
  // Functions, because "$$" in a replacement string means one "$".
  return text.replaceAll("${", () => "$${").replaceAll("%{", () => "%%{");
}
