"""Service and points as pages show them."""
