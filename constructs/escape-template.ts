/** Escapes Terraform's template sequences, so that the text reaches the resource as is. */
export function escapeTemplate(text: string): string {
  // Functions, because "$$" in a replacement string means one "$".
  return text.replaceAll("${", () => "$${").replaceAll("%{", () => "%%{");
}

/** Escapes what begins an action of a Go template, as Helm and External Secrets have them: there is no other way to mean two braces. */
export function escapeGoTemplate(text: string): string {
  return text.replaceAll("{{", '{{ "{{" }}');
}
