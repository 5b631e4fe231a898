"""Identity's addresses: ``register`` names them all; in the cloud each is loaded when it is first asked for."""
