import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressInContainers, dockerTrouble } from "../../../commands/cli/docker";
import { K3S, ministackTrouble } from "../../../commands/rehearse/ministack";
import { loadEnvironment } from "../../../environments";

const { PATH: path, DOCKER_HOST: engine, TERRAFORM_BINARY_NAME: terraform } = process.env;
const folder = mkdtempSync(join(tmpdir(), "wbot-docker-"));

/** Puts a shell script on the PATH, as the only program of its name. */
function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}

beforeEach(() => {
  process.env["PATH"] = `${folder}:${path ?? ""}`;
  delete process.env["DOCKER_HOST"];
});
afterAll(() => {
  restore("PATH", path);
  restore("DOCKER_HOST", engine);
  restore("TERRAFORM_BINARY_NAME", terraform);
});

it("says why Docker's engine does not answer", () => {
  program("docker", "echo Cannot connect to the Docker daemon. >&2; exit 1");
  expect(dockerTrouble()).toBe("Cannot connect to the Docker daemon.");
});

it("accepts only an engine on this machine, where its ports are published", () => {
  program("docker", 'case $1 in context) echo "ssh://me@build.example.com";; *) echo 28.0.0;; esac');
  expect(dockerTrouble()).toBe('its engine is at "ssh://me@build.example.com", not on this machine');
  process.env["DOCKER_HOST"] = "unix:///run/user/1000/docker.sock";
  expect(dockerTrouble()).toBeUndefined();
});

it("says what is too old", () => {
  program("docker", 'case $1 in context) echo "unix:///var/run/docker.sock";; *) echo 28.0.0;; esac');
  program("python3", "echo Python 3.9.2");
  program("aws", "true");
  process.env["TERRAFORM_BINARY_NAME"] = "no-such-terraform";
  expect(ministackTrouble()).toBe(
    "Python 3.10 or newer (python3 is 3.9.2), no-such-terraform (not on the PATH)",
  );
});

it("asks a container for this machine's address", async () => {
  program("docker", 'printf "127.0.0.1\\tlocalhost\\n192.168.65.254\\thost.docker.internal\\n"');
  await expect(addressInContainers(K3S)).resolves.toBe("192.168.65.254");
});

it("says why an image can't be pulled, and how to try it", async () => {
  program("docker", "echo Pulling >&2; echo docker: no route to host. >&2; echo Run --help >&2; exit 125");
  await expect(addressInContainers("k3s:1")).rejects.toThrow(
    "The image k3s:1 can't be pulled and run: no route to host. Try it yourself: docker run --rm k3s:1 --version",
  );
});

it("runs the Kubernetes version that the stacks are written for", () => {
  expect(K3S).toContain(`:v${loadEnvironment("rehearsal").cluster.version}.`);
});
