"""The Deployments: each process hardened, looked after, on its port, with settings that it starts with."""

import re
from collections.abc import Mapping
from typing import cast

import pytest
import yaml

from pipeline.roles import COMMANDS, HEALTH_PORTS, PAGE
from pipeline.settings import Settings
from pipeline.tracing.export import ENDPOINTS, wanted
from tests.deploy.manifests import ROOT, Manifest, of_kind

PORTS: Mapping[str, Mapping[str, int]] = {
    role: {"metrics": port, **({"http": 9203} if role == PAGE else {})} for role, port in HEALTH_PORTS.items()
}
"""What each listens on: the page for people, too."""

NAMES = {f"brudvagt-{role}": role for role in PORTS}
TWICE = ("casework", "alerting", PAGE)


def _pod(role: str) -> Manifest:
    return cast("Manifest", of_kind("Deployment")[f"brudvagt-{role}"]["spec"]["template"]["spec"])


def _container(role: str) -> Manifest:
    (container,) = _pod(role)["containers"]
    return cast("Manifest", container)


def test_every_process_has_a_deployment() -> None:
    """The four with health pages, and the page that alerts link to."""
    assert set(of_kind("Deployment")) == set(NAMES)


@pytest.mark.parametrize("role", PORTS)
def test_nothing_is_allowed_that_is_not_needed(role: str) -> None:
    """Nobody's user, nothing writable but /tmp, no capability, no token of the cluster's API."""
    pod, container = _pod(role), _container(role)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    writable = [mount for mount in container["volumeMounts"] if not mount.get("readOnly")]
    assert [mount["mountPath"] for mount in writable] == ["/tmp"]
    assert volumes["tmp"]["emptyDir"]["medium"] == "Memory"
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)


@pytest.mark.parametrize("role", PORTS)
def test_probes_ask_the_port_that_the_process_listens_on(role: str) -> None:
    """Alive by /healthz, ready by /readyz; the page is asked where people are, and told so even when it sees no case."""
    container = _container(role)
    assert {one["name"]: one["containerPort"] for one in container["ports"]} == PORTS[role]
    name, ready = ("http", "/healthz") if role == PAGE else ("metrics", "/readyz")
    for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", ready)):
        assert container[probe]["httpGet"] == {"path": path, "port": name}
    assert container["args"] == list(COMMANDS[role])


@pytest.mark.parametrize("role", PORTS)
def test_what_a_process_takes_is_bounded(role: str) -> None:
    """A request for both, a limit for memory; none for CPU, since a throttled clock is late."""
    assert _container(role)["resources"].keys() == {"requests", "limits"}
    assert _container(role)["resources"]["requests"].keys() == {"cpu", "memory"}
    assert _container(role)["resources"]["limits"].keys() == {"memory"}


@pytest.mark.parametrize("role", PORTS)
def test_settings_are_ones_that_a_process_starts_with(
    role: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each name is a setting, each value is accepted, and every file that a value names is mounted by this process."""
    data = of_kind("ConfigMap")["brudvagt-settings"]["data"]
    assert data.keys() - set(ENDPOINTS) <= {f"BRUDVAGT_{field.upper()}" for field in Settings.model_fields}
    files = tmp_path_factory.mktemp("mounted")
    mounts = [mount["mountPath"] for mount in _container(role)["volumeMounts"]]
    url = data["BRUDVAGT_KAFKA_URL"]
    for option in url.partition("?")[2].split("&"):
        path = option.partition("=")[2]
        assert path.rpartition("/")[0] in mounts
        stand_in = files / path.rpartition("/")[2]
        stand_in.write_text("")
        url = url.replace(path, str(stand_in))
    for name, value in (data | {"BRUDVAGT_KAFKA_URL": url}).items():
        monkeypatch.setenv(name, value)
    loaded = Settings()
    assert loaded.production is False
    assert (loaded.health_host, loaded.health_port) == ("0.0.0.0", 0)
    assert (loaded.web_host, loaded.web_port) == ("0.0.0.0", PORTS[PAGE]["http"])
    if role in TWICE:
        assert str(loaded.data_dir) in mounts
        assert str(loaded.link_keys.parent) in mounts


def test_spans_stay_where_they_are_until_a_collector_is_named() -> None:
    """The setting is there and empty, which is off; the two workers that record spans may reach its example's port."""
    data = of_kind("ConfigMap")["brudvagt-settings"]["data"]
    assert set(ENDPOINTS) & data.keys()
    assert wanted(data) is False
    policy = of_kind("NetworkPolicy")["brudvagt-traces"]["spec"]
    (chosen,) = policy["podSelector"]["matchExpressions"]
    assert set(chosen["values"]) == {"casework", "alerting"}
    text = (ROOT / "deploy" / "kubernetes" / "base" / "settings.yaml").read_text(encoding="utf-8")
    (example,) = re.findall(r"http://collector\.(\w+):(\d+)", text)
    (rule,) = policy["egress"]
    assert rule["to"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": example[0]}}}]
    assert rule["ports"] == [{"protocol": "TCP", "port": int(example[1])}]


@pytest.mark.parametrize("role", PORTS)
def test_services_do_not_overwrite_settings(role: str) -> None:
    """Kubernetes would set BRUDVAGT_WEB_PORT to tcp://… for a Service called brudvagt-web."""
    assert _pod(role)["enableServiceLinks"] is False


@pytest.mark.parametrize("role", PORTS)
def test_each_process_signs_in_as_its_own_user(role: str) -> None:
    """The mounted certificate is the one that Strimzi makes for the KafkaUser of that name."""
    secrets = {volume["name"]: volume["secret"]["secretName"] for volume in _pod(role)["volumes"] if "secret" in volume}
    assert secrets["kafka-user"] == f"brudvagt-{role}"
    assert secrets["kafka-user"] in of_kind("KafkaUser")


def test_selectors_meet_their_pods() -> None:
    """Each Service, budget and Deployment selects exactly the pods of its own process, by a port that they have."""
    for name, role in NAMES.items():
        deployment = of_kind("Deployment")[name]
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert labels["app.kubernetes.io/component"] == role
        assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
        service = of_kind("Service")[name]
        assert service["spec"]["selector"] == deployment["spec"]["selector"]["matchLabels"]
        assert {one["targetPort"]: one["port"] for one in service["spec"]["ports"]} == PORTS[role]
        assert all(one["name"] == one["targetPort"] for one in service["spec"]["ports"])
    budgets = of_kind("PodDisruptionBudget")
    assert set(budgets) == {f"brudvagt-{role}" for role in TWICE}
    for name, budget in budgets.items():
        deployment = of_kind("Deployment")[name]
        assert budget["spec"]["selector"] == deployment["spec"]["selector"]
        assert budget["spec"]["minAvailable"] < deployment["spec"]["replicas"]  # else no node could be drained


def test_the_network_is_closed_but_for_what_is_named() -> None:
    """Everything is denied first; only alerting reaches out, only the page and the metrics are reached."""
    policies = {name: one["spec"] for name, one in of_kind("NetworkPolicy").items()}
    deny = policies.pop("brudvagt-deny")
    assert deny == {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "brudvagt"}},
        "policyTypes": ["Ingress", "Egress"],
    }
    for name, policy in policies.items():
        for rule in policy.get("egress", []):
            assert rule["ports"], name
            if "to" not in rule:
                assert policy["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "alerting"
        for rule in policy.get("ingress", []):
            assert rule["from"], name
            assert rule["ports"], name
    brokers = [rule["ports"] for rule in policies["brudvagt-kafka"]["egress"] if "podSelector" in rule["to"][0]]
    (bootstrap,) = {
        part.rpartition(":")[2]
        for part in of_kind("ConfigMap")["brudvagt-settings"]["data"]["BRUDVAGT_KAFKA_URL"].partition("?")[0].split(",")
    }
    assert brokers == [[{"protocol": "TCP", "port": int(bootstrap)}]]


def test_scraped_series_have_the_labels_that_the_rules_ask_for() -> None:
    """job is brudvagt and worker is the process, as the alert `worker missing` has them."""
    spec = of_kind("ServiceMonitor")["brudvagt"]["spec"]
    (wanted,) = spec["selector"]["matchExpressions"]
    assert set(wanted["values"]) == set(HEALTH_PORTS)
    for role in HEALTH_PORTS:
        labels = of_kind("Service")[f"brudvagt-{role}"]["metadata"]["labels"]
        assert spec["selector"]["matchLabels"].items() <= labels.items()
        assert labels[spec["jobLabel"]] == "brudvagt"
        assert labels[wanted["key"]] == role
    (endpoint,) = spec["endpoints"]
    assert endpoint["port"] == "metrics"
    assert endpoint["relabelings"] == [
        {
            "action": "replace",
            "sourceLabels": ["__meta_kubernetes_service_label_app_kubernetes_io_component"],
            "targetLabel": "worker",
        }
    ]
    assert 'up{job="brudvagt", worker="casework"}' in yaml.safe_dump(
        of_kind("PrometheusRule")["brudvagt"], width=10_000
    )


def test_secrets_are_referenced_and_never_there() -> None:
    """No object holds one."""
    assert of_kind("Secret") == {}
    assert "PRIVATE KEY" not in "".join(file.read_text() for file in (ROOT / "deploy" / "kubernetes").rglob("*.yaml"))
