"""Servers booted at a steady rate, and tokens asked for, while a control plane is broken: what its users see."""
