"""What is done to a stage: deployed, verified, rotated, replayed, restored, taken down."""
