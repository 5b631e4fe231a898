"""The whole system on one machine, with a small lifelike data set loaded through the services."""
