/**
 * A `for_each` over one name, or over nothing if a list read at plan doesn't contain it.
 *
 * @param names Expression for the list of names, such as "data.aws_eks_clusters.all.names"
 */
export function onlyExisting(names: string, name: string): string {
  return `\${toset([for name in ${names} : name if name == ${JSON.stringify(name)}])}`;
}
