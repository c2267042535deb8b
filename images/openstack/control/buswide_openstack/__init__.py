"""What starts OpenStack's services in a container, beyond what their packages have."""
