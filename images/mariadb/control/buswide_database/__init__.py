"""What runs a node of a Galera cluster: who begins, who joins, and what is told of it."""
