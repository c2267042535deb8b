import uuid
from pathlib import Path
from typing import Any

from buswide_openstack import readiness
from buswide_openstack.computes import identify, node_uuid, own_configuration
from buswide_openstack.nova_databases import TRANSPORT, database_template, transport_template


def test_a_host_has_the_same_node_after_each_start_and_no_other_host_has_it() -> None:
    assert node_uuid("edge-1-compute-1") == node_uuid("edge-1-compute-1")
    assert node_uuid("edge-1-compute-1") != node_uuid("edge-1-compute-2")


def test_a_driver_says_which_node_a_host_is_and_nothing_of_one_that_it_does_not_have() -> None:
    class Driver:
        def get_available_resource(self, nodename: str) -> dict[str, Any]:
            return {"vcpus": 4, "hypervisor_hostname": nodename} if nodename == "edge-1-compute-1" else {}

    identify(Driver)
    assert Driver().get_available_resource("edge-1-compute-1") == {
        "vcpus": 4,
        "hypervisor_hostname": "edge-1-compute-1",
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, "edge-1-compute-1")),
    }
    assert Driver().get_available_resource("another") == {}


def test_a_host_has_a_name_and_a_folder_of_its_own() -> None:
    text = own_configuration("edge-1-compute-1", Path("/state"))
    assert text.startswith("[DEFAULT]\nhost = edge-1-compute-1\nstate_path = /state\n")


def test_a_host_says_that_it_is_ready_by_its_name(tmp_path: Path) -> None:
    readiness.say("edge-1-compute-1", tmp_path)
    readiness.say("edge-1-compute-1", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["edge-1-compute-1"]


def test_no_password_of_one_broker_or_the_database_is_kept_in_the_database() -> None:
    assert transport_template("rabbit://openstack:secret@10.0.0.4:5672/buswide") == TRANSPORT
    assert database_template("nova") == "{scheme}://{username}:{password}@{hostname}:{port}/nova?charset=utf8"


def test_a_list_of_brokers_is_kept_as_it_is_as_no_template_holds_for_lists_of_other_lengths() -> None:
    several = "rabbit://a:b@10.0.0.4:5672,a:b@10.0.0.5:5672/buswide"
    assert transport_template(several) == several
