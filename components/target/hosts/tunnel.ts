/** What VXLAN adds to a packet: Ethernet, VXLAN, UDP and IPv4 headers, bytes (RFC 7348). */
export const tunnelOverhead = 50;
/** The UDP port of the tunnel inside a gateway (images/gateway, tunnel.py); on its host it has one of its own. */
export const tunnelPort = 4789;
