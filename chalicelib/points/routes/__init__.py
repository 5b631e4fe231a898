"""The addresses of service and points: ``register`` names them all; the cloud loads each when it is first asked for."""
