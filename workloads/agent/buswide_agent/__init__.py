"""Load agents of buswide's probe: many oslo.messaging clients or servers in one process.

A process is started by the probe (``docker exec``), is told what to be over its standard input, and
answers over its standard output, one JSON object a line (`protocol`). It ends when its input ends.
"""
