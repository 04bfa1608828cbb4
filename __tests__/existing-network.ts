/** An existing network, for dev's zones. */
const subnet = (letter: string, third: number) => ({
  id: `subnet-0000000${letter}`,
  cidr: `172.30.${third}.0/24`,
});
export const EXISTING = {
  vpcId: "vpc-0123456789abcdef0",
  cidr: "172.30.0.0/16",
  subnets: {
    "us-east-1a": { private: subnet("a", 1), public: subnet("b", 2), cache: subnet("c", 3) },
    "us-east-1b": { private: subnet("d", 4), public: subnet("e", 5) },
  },
};
