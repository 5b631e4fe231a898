"""Reports 报告: what managers export, what auditors check and what the public reads."""
