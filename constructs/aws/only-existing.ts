/**
 * A `for_each` of one name, or of none where a list that a plan has read lacks it.
 *
 * @param names Expression of a list of names, such as "data.aws_eks_clusters.all.names"
 */
export function onlyExisting(names: string, name: string): string {
  return `\${toset([for name in ${names} : name if name == ${JSON.stringify(name)}])}`;
}
