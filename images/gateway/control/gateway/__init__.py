"""The control program of a gateway: addresses, routes, and the links that leave it."""
