"""Each of ministack_gaps.py through MiniStack's API: without it the test fails, with it the test passes."""
import asyncio
import functools
import json
import os
import sys
import threading
import time
import unittest
from pathlib import Path
from unittest import mock
from urllib.parse import urlencode
from xml.etree import ElementTree

# No engine that runs here is touched.
os.environ["DOCKER_HOST"] = "unix:///nowhere"
os.environ["LOG_LEVEL"] = "CRITICAL"
sys.path.insert(0, str(Path(__file__).parents[3] / "commands" / "rehearse"))

import ministack_gaps as gaps
from ministack.app import app
from ministack.services import eks

VERSIONS = {"ec2": "2016-11-15", "elasticache": "2015-02-02", "monitoring": "2010-08-01"}
ROLE = "arn:aws:iam::000000000000:role/cluster"
TESTED = set()


def request(service, method, path, body, kind):
    """Status and body of MiniStack's answer."""
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "client": ("127.0.0.1", 1)}
    credential = f"test/20260101/us-east-1/{service}/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
    headers = {"host": "localhost:4566", "content-type": kind, "authorization": signed}
    scope["headers"] = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        answer.append(message)

    asyncio.run(app(scope, receive, send))
    return answer[0]["status"], b"".join(message.get("body", b"") for message in answer[1:])


def rest(method, path, **body):
    status, answer = request("eks", method, path, json.dumps(body).encode() if body else b"", "application/json")
    return status, json.loads(answer)


def query(service, action, **params):
    """Status of a Query API's answer, and the answer without its namespace."""
    form = urlencode({"Action": action, "Version": VERSIONS[service], **params}).encode()
    status, answer = request(service, "POST", "/", form, "application/x-www-form-urlencoded")
    root = ElementTree.fromstring(answer)
    for element in root.iter():
        element.tag = element.tag.partition("}")[2] or element.tag
    return status, root


def texts(root, path):
    return [element.text for element in root.iterfind(path)]


def reset():
    request("eks", "POST", "/_ministack/reset", b"", "application/json")


def gap(*functions):
    """Runs a test with each of the functions left out, which must fail it, and with all of them."""
    TESTED.update(functions)

    def decorate(test):
        @functools.wraps(test)
        def both(self):
            for left_out in functions:
                open_again = gaps.fill([each for each in gaps.GAPS if each[2] is not left_out])
                try:
                    test(self)
                except AssertionError:
                    pass
                else:
                    self.fail(f"MiniStack needs {left_out.__name__} no more: delete it")
                finally:
                    open_again()
                    reset()
            self.addCleanup(gaps.fill())
            test(self)

        return both

    return decorate


class Docker:
    """Runs no container: says what it was asked for, and answers as a k3s does that is ready once `ready` is set."""

    def __init__(self):
        self.containers = self
        self.id = "k3s"
        self.asked = threading.Event()
        self.ready = threading.Event()
        self.ready.set()

    def create(self, **kwargs):
        self.run = kwargs
        return self

    def exec_run(self, command):
        if "server-ca.crt" in command:
            return 0, b"-----BEGIN CERTIFICATE-----"
        self.asked.set()
        return (0 if self.ready.is_set() else 1), b"{}"

    def get(self, _):
        return self

    def put_archive(self, *_):
        return True

    def start(self):
        pass

    def stop(self, **_):
        pass

    def remove(self, **_):
        pass


class GapTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.use(Docker())
        self.addCleanup(reset)

    def use(self, docker):
        self.docker = docker
        patched = mock.patch.object(eks, "_get_docker", lambda: docker)
        patched.start()
        self.addCleanup(patched.stop)

    def ask(self, service, action, **params):
        status, root = query(service, action, **params)
        self.assertEqual(status, 200, ElementTree.tostring(root))
        return root

    def eks(self, method, path, **body):
        status, answer = rest(method, path, **body)
        self.assertEqual(status, 200, answer)
        return answer

    def cluster(self, **body):
        """A cluster named c in a VPC of its own."""
        vpc = self.ask("ec2", "CreateVpc", CidrBlock="10.0.0.0/16").findtext(".//vpcId")
        subnet = self.ask("ec2", "CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24").findtext(".//subnetId")
        network = {"subnetIds": [subnet]}
        return vpc, self.eks("POST", "/clusters", name="c", roleArn=ROLE, resourcesVpcConfig=network, **body)["cluster"]

    def described(self):
        return self.eks("GET", "/clusters/c")["cluster"]

    def status(self):
        """The cluster's, once it is no longer being made."""
        end = time.monotonic() + 5
        while self.described()["status"] == "CREATING" and time.monotonic() < end:
            time.sleep(0.01)
        return self.described()["status"]

    def node_group(self, **body):
        """A node group named n of a cluster."""
        vpc, cluster = self.cluster()
        subnets = cluster["resourcesVpcConfig"]["subnetIds"]
        asked = {"nodegroupName": "n", "nodeRole": ROLE, "subnets": subnets, **body}
        return self.eks("POST", "/clusters/c/node-groups", **asked)["nodegroup"]


class Cluster(GapTest):
    @gap(gaps.cluster_settings)
    def test_settings_are_said_again(self):
        _, made = self.cluster(upgradePolicy={"supportType": "STANDARD"}, deletionProtection=True)
        for cluster in made, self.described():
            self.assertEqual(cluster.get("upgradePolicy"), {"supportType": "STANDARD"})
            self.assertIs(cluster.get("deletionProtection"), True)

    @gap(gaps.cluster_security_group)
    def test_its_security_group_is_one_of_ec2s(self):
        vpc, cluster = self.cluster()
        network = cluster["resourcesVpcConfig"]
        self.assertEqual(network["vpcId"], vpc)
        group = self.ask("ec2", "DescribeSecurityGroups", **{"GroupId.1": network["clusterSecurityGroupId"]})
        self.assertEqual(texts(group, ".//securityGroupInfo/item/vpcId"), [vpc])
        self.assertEqual(texts(group, ".//ipPermissions/item/ipProtocol"), ["-1"])
        self.assertEqual(texts(group, ".//ipPermissions//groupId"), [network["clusterSecurityGroupId"]])
        self.assertEqual(texts(group, ".//ipPermissionsEgress/item/ipProtocol"), ["-1"])

    @gap(gaps.cluster_security_group_leaves)
    def test_its_vpc_can_be_deleted_after_it(self):
        vpc, cluster = self.cluster()
        self.eks("DELETE", "/clusters/c")
        self.ask("ec2", "DeleteSubnet", SubnetId=cluster["resourcesVpcConfig"]["subnetIds"][0])
        self.ask("ec2", "DeleteVpc", VpcId=vpc)

    @gap(gaps.cluster_is_ready)
    def test_it_is_active_once_its_api_answers(self):
        self.docker.ready.clear()
        self.docker.asked.clear()
        self.cluster()
        with mock.patch.object(gaps.time, "sleep", lambda _: threading.Event().wait(0.01)):
            self.docker.asked.wait(0.5)
            self.assertEqual(self.described()["status"], "CREATING")
            self.docker.ready.set()
            self.assertEqual(self.status(), "ACTIVE")

    @gap(gaps.cluster_has_failed)
    def test_it_has_failed_where_k3s_did_not_start(self):
        self.use(mock.Mock(**{"containers.create.side_effect": RuntimeError, "images.pull.side_effect": RuntimeError}))
        self.cluster()
        self.assertEqual(self.status(), "FAILED")

    @gap(gaps.node_labels)
    def test_its_node_says_its_capacity(self):
        self.cluster()
        self.assertEqual(self.status(), "ACTIVE")
        self.assertIn("--node-label=eks.amazonaws.com/capacityType=ON_DEMAND", self.docker.run["command"])

    @gap(gaps.cluster_on_loopback)
    def test_its_api_is_published_to_this_machine_only(self):
        self.cluster()
        self.assertEqual(self.status(), "ACTIVE")
        self.assertEqual(self.docker.run["ports"], {"6443/tcp": ("127.0.0.1", 16443)})

    @gap(gaps.no_network_policies)
    def test_it_enforces_no_network_policies(self):
        self.cluster()
        self.assertEqual(self.status(), "ACTIVE")
        self.assertIn("--disable-network-policy", self.docker.run["command"])


class NodeGroup(GapTest):
    @gap(gaps.node_group_settings)
    def test_settings_are_said_again(self):
        settings = {
            "launchTemplate": {"id": "lt-0123456789abcdef0", "version": "1"},
            "nodeRepairConfig": {"enabled": True},
            "updateConfig": {"maxUnavailablePercentage": 33},
        }
        made = self.node_group(**settings)
        for group in made, self.eks("GET", "/clusters/c/node-groups/n")["nodegroup"]:
            self.assertEqual({name: group.get(name) for name in settings}, settings)
            self.assertNotIn("diskSize", group)


class CloudWatch(GapTest):
    @gap(gaps.describe_alarms, gaps.insufficient_data_actions)
    def test_all_of_an_alarm_is_said(self):
        settings = {
            "AlarmDescription": "a < b & c",
            "Period": "300",
            "Statistic": "Minimum",
            "TreatMissingData": "breaching",
            "ActionsEnabled": "true",
        }
        asked = {"AlarmName": "a", "MetricName": "m", "Namespace": "n", "Threshold": "1", "EvaluationPeriods": "1"}
        asked["ComparisonOperator"] = "GreaterThanThreshold"
        lists = {"AlarmActions": "arn:alarm", "OKActions": "arn:ok", "InsufficientDataActions": "arn:none"}
        members = {f"{name}.member.1": value for name, value in lists.items()}
        dimension = {"Dimensions.member.1.Name": "Host", "Dimensions.member.1.Value": "h"}
        self.ask("monitoring", "PutMetricAlarm", **asked, **settings, **members, **dimension)
        alarm = self.ask("monitoring", "DescribeAlarms", **{"AlarmNames.member.1": "a"}).find(".//MetricAlarms/member")
        self.assertEqual({name: alarm.findtext(name) for name in settings}, settings)
        self.assertEqual({name: alarm.findtext(f"{name}/member") for name in lists}, lists)
        self.assertEqual(texts(alarm, "Dimensions/member/*"), ["Host", "h"])


class FlowLogs(GapTest):
    @gap(gaps.create_flow_logs, gaps.describe_flow_logs)
    def test_all_of_a_flow_log_is_said(self):
        asked = {"ResourceType": "VPC", "ResourceId.1": "vpc-1", "TrafficType": "ALL", "MaxAggregationInterval": "60"}
        target = {"LogDestinationType": "cloud-watch-logs", "DeliverLogsPermissionArn": ROLE}
        target["LogDestination"] = "arn:aws:logs:us-east-1:000000000000:log-group:flows:*"
        tags = {"ResourceType": "vpc-flow-log", "Tag.1.Key": "Name", "Tag.1.Value": "x"}
        tags = {f"TagSpecification.1.{name}": value for name, value in tags.items()}
        self.ask("ec2", "CreateFlowLogs", **asked, **target, **tags)
        log = self.ask("ec2", "DescribeFlowLogs").find(".//flowLogSet/item")
        self.assertEqual(log.findtext("maxAggregationInterval"), "60")
        self.assertEqual(log.findtext("deliverLogsPermissionArn"), ROLE)
        self.assertEqual(log.findtext("logGroupName"), "flows")
        self.assertEqual(texts(log, "tagSet/item/value"), ["x"])


class ElastiCache(GapTest):
    @gap(gaps.user_authentication)
    def test_passwords_come_in_the_authentication_mode(self):
        mode = {"AuthenticationMode.Type": "password", "AuthenticationMode.Passwords.member.1": "stand-in-of-one"}
        user = {"UserId": "u", "UserName": "u", "Engine": "valkey", "AccessString": "on ~* +@all"}
        self.ask("elasticache", "CreateUser", **user, **mode)
        second = {"AuthenticationMode.Passwords.member.2": "stand-in-of-two"}
        for more, count in ({}, "1"), (second, "2"):
            self.ask("elasticache", "ModifyUser", UserId="u", **mode, **more)
            found = self.ask("elasticache", "DescribeUsers", UserId="u")
            self.assertEqual(texts(found, ".//Authentication/Type"), ["password"])
            self.assertEqual(texts(found, ".//Authentication/PasswordCount"), [count])

    @gap(gaps.minor_version_upgrades)
    def test_clusters_say_whether_they_take_minor_versions(self):
        asked = {"ReplicationGroupDescription": "r", "Engine": "valkey", "AutoMinorVersionUpgrade": "false"}
        self.ask("elasticache", "CreateReplicationGroup", ReplicationGroupId="r", **asked)
        found = self.ask("elasticache", "DescribeCacheClusters")
        self.assertEqual(texts(found, ".//CacheCluster/AutoMinorVersionUpgrade"), ["false"])

    @gap(gaps.cache_parameters_of_a_source)
    def test_parameters_are_those_of_the_source(self):
        name = "p"
        family = {"CacheParameterGroupFamily": "valkey8", "Description": "d"}
        self.ask("elasticache", "CreateCacheParameterGroup", CacheParameterGroupName=name, **family)
        setting = {"ParameterName": "maxmemory-policy", "ParameterValue": "allkeys-lru"}
        setting = {f"ParameterNameValues.ParameterNameValue.1.{key}": value for key, value in setting.items()}
        self.ask("elasticache", "ModifyCacheParameterGroup", CacheParameterGroupName=name, **setting)
        found = self.ask("elasticache", "DescribeCacheParameters", CacheParameterGroupName=name, Source="user")
        self.assertEqual(texts(found, ".//ParameterName"), ["maxmemory-policy"])

    @gap(gaps.no_cache_containers)
    def test_no_container_is_started_for_a_cache(self):
        docker = mock.MagicMock()
        with mock.patch.dict(sys.modules, docker=docker):
            self.ask("elasticache", "CreateReplicationGroup", ReplicationGroupId="r", ReplicationGroupDescription="r")
        self.assertEqual(docker.from_env.mock_calls, [])


class Gaps(unittest.TestCase):
    def test_each_is_tested(self):
        self.assertEqual({function for _, _, function in gaps.GAPS}, TESTED)


if __name__ == "__main__":
    unittest.main()
