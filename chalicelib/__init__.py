"""Linli 邻里: a community fund and a volunteer-points scheme on one double-entry ledger."""
