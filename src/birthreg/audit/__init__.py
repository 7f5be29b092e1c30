"""The trail: what every officer did, append-only, sealed each second into a signed chain."""
