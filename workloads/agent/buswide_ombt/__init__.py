"""ombt 3.0.0 under the runner's control.

The load, its timing and its totals are ombt's own: its clients and servers, a process each, and its
controller. What is added is a way to start and end them, and their detailed output message by message, by
which percentiles, losses and duplicates can be told; ombt's own report has a few wide classes of latency.
"""
