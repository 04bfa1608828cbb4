/** The page shown during maintenance: self-contained, since nothing else is served. */
export function maintenancePage(message: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Back soon</title>
<style>
  :root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
  body { min-height: 90vh; margin: 0; padding: 1rem; display: grid; place-content: center; text-align: center; }
</style>
<h1>Back soon</h1>
<p>${escaped(message)}</p>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
