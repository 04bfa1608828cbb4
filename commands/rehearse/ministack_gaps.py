"""What the stacks need of AWS and MiniStack 1.5.33 does not do.

Each function stands in front of one of MiniStack's own, which it gets as `call`, and says what MiniStack does and what
AWS does, with AWS's page. __tests__/commands/rehearse/test_ministack_gaps.py holds each against that page, and fails
once MiniStack does it by itself: then the function is deleted.
"""
import functools
import time
from xml.etree import ElementTree

from ministack.services import cloudwatch, ec2, eks, elasticache

GAPS = []
READY_SECONDS = 180


def fills(*places):
    """Registers a function for places: a module and a function's name in it, or a table of actions and one of these."""

    def register(function):
        GAPS.extend((owner if isinstance(owner, dict) else vars(owner), name, function) for owner, name in places)
        return function

    return register


def fill(gaps=GAPS):
    """Fills the gaps; returns what reopens them."""
    before = []
    for table, name, function in gaps:
        before.append((table, name, table.get(name)))
        table[name] = functools.partial(function, table.get(name))

    def open_again():
        for table, name, call in reversed(before):
            table[name] = call

    return open_again


# Query APIs answer in XML: elements are added to what MiniStack wrote.


def complete(response, key, fields):
    """Adds `fields(text)`, values by their names, to each element that has a child `key`, whose text it gets."""
    status, headers, body = response
    root = ElementTree.fromstring(body)
    space = root.tag.partition("}")[0] + "}"
    for element in [each for each in root.iter() if each.find(space + key) is not None]:
        for name, value in fields(element.findtext(space + key)).items():
            _append(element, space, name, value)
    return status, headers, ElementTree.tostring(root, default_namespace=space[1:-1])


def _append(parent, space, name, value):
    element = ElementTree.SubElement(parent, space + name)
    if isinstance(value, dict):
        for key, each in value.items():
            _append(element, space, key, each)
    elif isinstance(value, list):
        for each in value:
            _append(element, space, "member", each)
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)


# EKS: clusters

CLUSTER_DEFAULTS = {"upgradePolicy": {"supportType": "EXTENDED"}, "deletionProtection": False}


@fills((eks, "_create_cluster"))
def cluster_settings(call, body, creator_arn=None):
    """MiniStack forgets these settings. AWS returns them whenever the cluster is described.

    https://docs.aws.amazon.com/eks/latest/APIReference/API_Cluster.html
    """
    response = call(body, creator_arn)
    if response[0] != 200:
        return response
    settings = {name: body.get(name, default) for name, default in CLUSTER_DEFAULTS.items()}
    eks._clusters[body["name"]].update(settings)
    return eks._describe_cluster(body["name"])


@fills((eks, "_create_cluster"))
def cluster_security_group(call, body, creator_arn=None):
    """MiniStack names a security group that EC2 doesn't know. AWS makes one in the VPC of the cluster's subnets, which
    also is the cluster's; its members may reach each other, and it may reach everything.

    https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
    """
    response = call(body, creator_arn)
    if response[0] != 200:
        return response
    name = body["name"]
    network = eks._clusters[name]["resourcesVpcConfig"]
    network["vpcId"] = ec2._subnets[network["subnetIds"][0]]["VpcId"]
    group = f"eks-cluster-sg-{name}-{eks.new_uuid()[:8]}"
    asked = {"GroupName": group, "GroupDescription": "EKS created security group", "VpcId": network["vpcId"]}
    ec2._create_security_group(asked)
    made = next(each for each in ec2._security_groups.values() if each["GroupName"] == group)
    network["clusterSecurityGroupId"] = made["GroupId"]
    itself = {"IpPermissions.1.IpProtocol": "-1", "IpPermissions.1.Groups.1.GroupId": made["GroupId"]}
    ec2._authorize_sg_ingress({"GroupId": made["GroupId"], **itself})
    return eks._describe_cluster(name)


@fills((eks, "_delete_cluster"))
def cluster_security_group_leaves(call, name):
    """AWS deletes the security group with the cluster. Left behind, it would keep its VPC from being deleted.

    https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
    """
    cluster = eks._clusters.get(name)
    response = call(name)
    if response[0] == 200:
        ec2._security_groups.pop(cluster["resourcesVpcConfig"]["clusterSecurityGroupId"], None)
    return response


@fills((eks, "_extract_ca_cert"))
def cluster_is_ready(call, container, *rest):
    """MiniStack calls a cluster ACTIVE as soon as k3s has written its certificate. AWS does once the Kubernetes API
    answers, which is what Terraform goes by.

    https://docs.aws.amazon.com/eks/latest/userguide/create-cluster.html
    """
    certificate = call(container, *rest)
    end = time.monotonic() + READY_SECONDS
    while certificate and time.monotonic() < end:
        if container.exec_run(["kubectl", "get", "--raw", "/readyz"])[0] == 0:
            return certificate
        time.sleep(1)
    eks.logger.warning("EKS: the Kubernetes API of k3s did not answer within %d s", READY_SECONDS)
    return ""


@fills((eks, "_describe_cluster"))
def cluster_has_failed(call, name):
    """MiniStack calls a cluster ACTIVE that k3s was not started for. AWS says FAILED, and Terraform stops there.

    https://docs.aws.amazon.com/eks/latest/APIReference/API_Cluster.html
    """
    cluster = eks._clusters.get(name)
    if cluster and cluster["status"] == "ACTIVE":
        real = eks.base64.b64decode(cluster["certificateAuthority"]["data"]).startswith(b"-----BEGIN CERTIFICATE")
        cluster["status"] = "ACTIVE" if real else "FAILED"
    return call(name)


@fills((eks, "_collect_node_labels"))
def node_labels(call, cluster):
    """MiniStack's only node lacks the label of its capacity. EKS puts it on each node of its groups, and Traefik runs
    on no other node than an on-demand one.

    https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
    """
    return [*call(cluster), "--node-label=eks.amazonaws.com/capacityType=ON_DEMAND"]


# EKS: node groups


@fills((eks, "_create_nodegroup"))
def node_group_settings(call, cluster_name, body):
    """MiniStack forgets these settings. AWS returns them whenever the node group is described; with a launch
    template, the disk's size is the template's.

    https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html
    """
    response = call(cluster_name, body)
    if response[0] != 200:
        return response
    group = eks._nodegroups[f"{cluster_name}/{body['nodegroupName']}"]
    group["updateConfig"] = body.get("updateConfig", {"maxUnavailable": 1})
    group.update({name: body[name] for name in ("launchTemplate", "nodeRepairConfig") if name in body})
    if "launchTemplate" in body:
        del group["diskSize"]
    return eks._describe_nodegroup(cluster_name, body["nodegroupName"])


# CloudWatch

ALARM_FIELDS = (
    "ActionsEnabled", "AlarmActions", "AlarmDescription", "Dimensions", "ExtendedStatistic", "InsufficientDataActions",
    "OKActions", "Period", "Statistic", "TreatMissingData", "Unit",
)


@fills((cloudwatch, "_put_metric_alarm"))
def insufficient_data_actions(call, params, decoded, is_cbor, is_json=False):
    """In the Query protocol MiniStack forgets whom an alarm notifies of missing data.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    response = call(params, decoded, is_cbor, is_json)
    if not is_cbor and not is_json and response[0] == 200:
        prefix = "InsufficientDataActions.member."
        actions = [cloudwatch._p(params, key) for key in params if key.startswith(prefix)]
        cloudwatch._alarms[cloudwatch._p(params, "AlarmName")]["InsufficientDataActions"] = actions
    return response


@fills((cloudwatch, "_describe_alarms"))
def describe_alarms(call, params, decoded, is_cbor, is_json=False):
    """In the Query protocol, which CloudWatch's older clients speak, MiniStack leaves out most of an alarm.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
    """
    response = call(params, decoded, is_cbor, is_json)
    if is_cbor or is_json or response[0] != 200:
        return response
    said = lambda alarm: {name: alarm[name] for name in ALARM_FIELDS if alarm.get(name) is not None}
    return complete(response, "AlarmName", lambda name: said(cloudwatch._alarms.get(name, {})))


# EC2: flow logs


@fills((ec2._ACTION_MAP, "CreateFlowLogs"))
def create_flow_logs(call, params):
    """MiniStack forgets the role, the aggregation interval (600 s unless given) and the tags, which AWS keeps; their
    resource type is vpc-flow-log.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
    """
    before = set(ec2._flow_logs)
    response = call(params)
    for made in set(ec2._flow_logs) - before:
        ec2._flow_logs[made]["DeliverLogsPermissionArn"] = ec2._p(params, "DeliverLogsPermissionArn")
        ec2._flow_logs[made]["MaxAggregationInterval"] = ec2._p(params, "MaxAggregationInterval") or "600"
        ec2._parse_tag_specs(params, "vpc-flow-log", made)
    return response


@fills((ec2._ACTION_MAP, "DescribeFlowLogs"))
def describe_flow_logs(call, params):
    """AWS says the role, the aggregation interval and the log group.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html
    """

    def fields(made):
        log = ec2._flow_logs[made]
        said = {"maxAggregationInterval": log.get("MaxAggregationInterval", "600")}
        if log.get("DeliverLogsPermissionArn"):
            said["deliverLogsPermissionArn"] = log["DeliverLogsPermissionArn"]
        if log["LogDestinationType"] == "cloud-watch-logs":
            said["logGroupName"] = log["LogDestination"].partition(":log-group:")[2].removesuffix(":*")
        return said

    return complete(call(params), "flowLogId", fields)


# ElastiCache


@fills((elasticache, "_create_user"), (elasticache, "_modify_user"))
def user_authentication(call, params):
    """MiniStack overlooks passwords that come in the AuthenticationMode. AWS takes them there or in Passwords.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateUser.html
    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_Authentication.html
    """
    response = call(params)
    user = elasticache._users.get(elasticache._p(params, "UserId"))
    kind = elasticache._p(params, "AuthenticationMode.Type")
    if response[0] == 200 and kind:
        passwords = [key for key in params if key.startswith("AuthenticationMode.Passwords.member.")]
        user["Authentication"] = {"Type": kind, "PasswordCount": len(passwords)}
    return response


@fills((elasticache, "_cluster_xml_inner"))
def minor_version_upgrades(call, cluster):
    """MiniStack leaves out whether a cache cluster takes minor versions by itself. AWS says it.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheCluster.html
    """
    upgrades = str(cluster["AutoMinorVersionUpgrade"]).lower()
    return f"{call(cluster)}<AutoMinorVersionUpgrade>{upgrades}</AutoMinorVersionUpgrade>"


@fills((elasticache, "_describe_cache_parameters"))
def cache_parameters_of_a_source(call, params):
    """MiniStack answers with all parameters. AWS does with those of the source that is asked for.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheParameters.html
    """
    status, headers, body = call(params)
    source = elasticache._p(params, "Source")
    if status != 200 or not source:
        return status, headers, body
    root = ElementTree.fromstring(body)
    space = root.tag.partition("}")[0] + "}"
    for parameters in root.iter(space + "Parameters"):
        for parameter in parameters.findall(space + "Parameter"):
            if parameter.findtext(space + "Source") != source:
                parameters.remove(parameter)
    return status, headers, ElementTree.tostring(root, default_namespace=space[1:-1])


# Docker: what nobody would want of MiniStack on a desk, or what can't work there


class OnLoopback(tuple):
    """Binding of a published port as docker-py takes it: address and port. As a number, it is the port."""

    def __int__(self):
        return self[1]


@fills((eks, "_k3s_run_kwargs"))
def cluster_on_loopback(call, *args, **kwargs):
    """MiniStack publishes the Kubernetes API on every address of the machine, and everybody knows the keys for it.

    https://docs.docker.com/engine/network/port-publishing/
    """
    run = call(*args, **kwargs)
    return {**run, "ports": {inside: OnLoopback(("127.0.0.1", port)) for inside, port in run["ports"].items()}}


@fills((eks, "_k3s_run_kwargs"))
def no_network_policies(call, *args, **kwargs):
    """k3s enforces NetworkPolicies by the addresses of its own network, and those of the stacks name a VPC's, which
    would cut every controller off from the Kubernetes API. They are made, and not enforced.

    https://docs.k3s.io/networking/networking-services#network-policy-controller
    """
    run = call(*args, **kwargs)
    return {**run, "command": [*run["command"], "--disable-network-policy"]}


@fills((elasticache, "_get_docker"))
def no_cache_containers(_):
    """MiniStack starts a container for each cache, published on every address. No pod of a rehearsal reads a cache."""
    return None
