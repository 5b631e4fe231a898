"""What the cloud is made of and how it gets there. Never packaged."""
