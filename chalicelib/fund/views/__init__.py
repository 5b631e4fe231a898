"""What the fund's pages show, made from its model. Pure."""
