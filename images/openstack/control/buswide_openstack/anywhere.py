"""A mechanism driver of Neutron's ML2 that binds a port on any host: each driver of its own wants an agent there."""

from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins.ml2 import api


class Anywhere(api.MechanismDriver):
    """Takes the first segment there is, as a switch on every host would."""

    def initialize(self) -> None:
        """Nothing has to be ready."""

    @property
    def connectivity(self) -> str:
        """What networks offer, as Neutron asks it of each driver."""
        return str(portbindings.CONNECTIVITY_L2)

    def bind_port(self, context: api.PortContext) -> None:
        """Binds, and has the port in service at once."""
        for segment in context.segments_to_bind[:1]:
            context.set_binding(
                segment[api.ID],
                portbindings.VIF_TYPE_OVS,
                {portbindings.CAP_PORT_FILTER: True},
                status=constants.PORT_STATUS_ACTIVE,
            )
