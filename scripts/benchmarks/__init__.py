"""The benchmark: birthreg beside two baselines, on one PostgreSQL server, in one run.

`seeds` fills the tables, `bare` and `conventional` are the baselines, `contestants` starts
and stops what is measured, `wire` and `load` ask, `measures` are the five figures of merit,
`report` prints and keeps them. Start it with `scripts/benchmark`.
"""
