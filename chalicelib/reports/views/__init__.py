"""What the report pages show, made from their models. Pure."""
